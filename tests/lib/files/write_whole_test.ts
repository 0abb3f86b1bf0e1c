import { OperationError } from "../../../lib/errors.ts";
import { writeWhole } from "../../../lib/files/write_whole.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { CAN_MOUNT, fillDisk, onSmallDisk } from "../../cli/small_disk.ts";
import { inFolder, namesIn } from "../recording/fixtures.ts";

Deno.test({
  name: "writeWhole() follows no link in place of its draft, and replaces what a kill left",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder((folder) => {
      const path = `${folder}/plot.svg`;
      Deno.writeTextFileSync(`${folder}/victim`, "spared");
      for (const target of ["victim", "nowhere"]) {
        Deno.symlinkSync(target, `${path}.new`);
        writeWhole("--output", path, target);
        assertEquals(Deno.readTextFileSync(path), target);
        assertEquals(Deno.lstatSync(path).isFile, true);
      }
      assertEquals(Deno.readTextFileSync(`${folder}/victim`), "spared");
      Deno.writeTextFileSync(`${path}.new`, "a longer half");
      writeWhole("--output", path, Uint8Array.of(97));
      assertEquals(Deno.readTextFileSync(path), "a");
      assertEquals(namesIn(folder), ["plot.svg", "victim"]);
      return Promise.resolve();
    }),
});

Deno.test({
  name: "writeWhole() leaves nothing on a full disk",
  ignore: !CAN_MOUNT,
  fn: () =>
    onSmallDisk("64k", (disk) => {
      fillDisk(`${disk}/full`);
      assertThrows(
        () => writeWhole("--output", `${disk}/a`, new Uint8Array(100_000)),
        OperationError,
        "--output: cannot write",
      );
      assertEquals(namesIn(disk), ["full"]);
      return Promise.resolve();
    }),
});
