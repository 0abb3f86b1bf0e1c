import { OperationError } from "../../../../lib/errors.ts";
import { templateOf } from "../../../../lib/recording/table/compression.ts";
import { assertEquals, assertGreater, assertThrows } from "../../../assert.ts";
import { replaced } from "../../../replaced.ts";

Deno.test("templateOf() that cannot read its file tells that, and reads it the next time", () => {
  {
    using _ = replaced(Deno, "readFileSync", () => {
      throw new Error("Too many open files (os error 24): readfile '/x/gzip7.h5'");
    });
    const { message } = assertThrows(() => templateOf("gzip:7"), OperationError);
    assertEquals(message, "cannot read ssdaq's own empty file (gzip7.h5): Too many open files");
  }
  assertGreater(templateOf("gzip:7").length, 0);
});
