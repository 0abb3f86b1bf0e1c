import { formatByteSize } from "../../../lib/text/byte_size.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("formatByteSize() takes the largest unit that keeps it readable", () => {
  const sizes = [0, 1023, 1024, 1536, 600 * 2 ** 20, 2 ** 40, 2 ** 50];
  assertEquals(
    sizes.map(formatByteSize),
    ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "600.0 MiB", "1.0 TiB", "1024.0 TiB"],
  );
});
