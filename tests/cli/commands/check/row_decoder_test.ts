import { ROW_LENGTH, RowDecoder } from "../../../../cli/commands/check/row_decoder.ts";
import { assert, assertEquals } from "../../../assert.ts";

/** Writes bytes of hexadecimal numbers into a row. */
function put(row: Uint8Array, at: number, hex: string): void {
  row.set(Uint8Array.fromHex(hex.replaceAll(" ", "")), at);
}

/** A row written by hand: slot 3 has a readout, all other slots are empty. */
function goldenRow(): Uint8Array {
  const row = new Uint8Array(8764);
  put(row, 0, "07 00 00 00 00 00 00 00"); // event number 7
  put(row, 8, "01 3c 2e 9a 5c 5b d7 18"); // TACK time
  for (let pixel = 0; pixel < 2048; pixel++) put(row, 40 + 4 * pixel, "00 00 c0 7f"); // NaN
  for (let line = 0; line < 64; line++) put(row, 40 + 4 * (64 * 3 + line), "00 00 80 3f"); // 1 mV
  put(row, 40 + 4 * (64 * 3 + 63), "00 00 00 40"); // raw line 63: 2 mV
  put(row, 8232, "80 96 98 00 01 00 00 00"); // run
  put(row, 8240, "08 00 00 00"); // mask: slot 3
  put(row, 8248 + 16 * 3, "01 3c 2e 9a 5c 5b d7 18 07 00 00 00 ff ff ff ff"); // its times
  put(row, 8760, "f0 ff ff ff"); // epoch
  return row;
}

Deno.test("check decodes a golden row, which may be any in its block", () => {
  assertEquals(ROW_LENGTH, 8764);
  const block = new Uint8Array(3 * 8764);
  block.set(goldenRow(), 2 * 8764);
  const row = new RowDecoder();
  row.block(block);
  row.row(2);
  const { number, timeNs, run, mask, epoch } = row;
  assertEquals({ number, timeNs, run, mask, epoch }, {
    ...{ number: 7n, timeNs: 0x18d75b5c9a2e3c01n, run: 0x100989680n, mask: 8, epoch: 0xfffffff0 },
  });
  assertEquals(row.moduleTimeNs(3), 0x18d75b5c9a2e3c01n);
  const times = new Uint32Array(4);
  row.timesInto(3, times);
  assertEquals([...times], [0x18d75b5c, 0x9a2e3c01, 0xffffffff, 7]);
  const bits = new Uint32Array(64);
  row.voltageBitsInto(3, bits);
  assertEquals([...bits], [...Array<number>(63).fill(0x3f800000), 0x40000000]);
});

Deno.test("check sees whether a slot of a row is empty", () => {
  const row = new RowDecoder();
  row.block(goldenRow());
  assertEquals([2, 3, 4].map((slot) => row.isEmpty(slot)), [true, false, true]);
  for (const [at, slot] of [[40 + 4 * (64 * 5 + 63), 5], [8248 + 16 * 6 + 15, 6]] as const) {
    const changed = goldenRow();
    put(changed, at, at < 8248 ? "00 00 00 00" : "01");
    row.block(changed);
    assert(!row.isEmpty(slot));
    assert(row.isEmpty(slot + 1) && row.isEmpty(slot - 1));
  }
});
