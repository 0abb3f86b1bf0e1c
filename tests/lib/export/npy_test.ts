import { npyHeader } from "../../../lib/export/npy.ts";
import { assertEquals } from "../../assert.ts";

const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

Deno.test("npyHeader() is as NumPy's format says: magic, version, length, a padded dictionary", () => {
  const header = npyHeader("<u8", [3]);
  assertEquals(header.length, 128);
  assertEquals(header.subarray(0, 10).toHex(), "934e554d505901007600");
  assertEquals(
    text(header.subarray(10)),
    "{'descr': '<u8', 'fortran_order': False, 'shape': (3,), }".padEnd(117) + "\n",
  );
});

Deno.test("npyHeader() of any shape ends at a multiple of 64", () => {
  for (const shape of [[0], [2, 2048], [10 ** 12, 2048], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]) {
    const header = npyHeader("<f4", shape);
    assertEquals(header.length % 64, 0);
    assertEquals(new DataView(header.buffer).getUint16(8, true), header.length - 10);
    assertEquals(
      text(header).includes(`'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""})`),
      true,
    );
    assertEquals(header.at(-1), 0x0a);
  }
});
