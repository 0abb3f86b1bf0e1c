import { ROW_BYTES } from "../../../../lib/recording/table/columns.ts";
import { decodeRow, encodeRow, RowBuffer } from "../../../../lib/recording/table/row.ts";
import { CameraEvent } from "../../../../lib/wire/event.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../../assert.ts";
import { fc } from "../../../property.ts";
import { makeEvent } from "../fixtures.ts";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.nat(0xffffffff);

Deno.test("encodeRow() puts each column at its offset", () => {
  const event = new CameraEvent();
  event.number = 0x1122334455667788n;
  event.run = 0x8877665544332211n;
  event.timestampNs = 0xfedcba9876543210n;
  event.setReceiveTime(0x1_0000_0002n, 500_000_000);
  event.mask = 0x80000001;
  event.flags = 9;
  event.epoch = 0xfedcba98;
  event.millivolts[0] = 0.1;
  event.millivolts[2047] = -2.5;
  event.setTimes(0, 1, 2, 3, 4);
  event.setTimes(31, 5, 6, 7, 8);
  const rows = new RowBuffer(3);
  rows.bytes.fill(0xaa);
  encodeRow(event, rows, 1);

  const view = new DataView(rows.bytes.buffer, 8764, 8764);
  assertEquals(view.getBigUint64(0, true), 0x1122334455667788n, "iro");
  assertEquals(view.getBigUint64(8, true), 0xfedcba9876543210n, "time");
  assertEquals(view.getFloat64(16, true), 4294967298.5, "cpu_t");
  assertEquals(view.getBigUint64(24, true), 0x1_0000_0002n, "cpu_t_s");
  assertEquals(view.getBigUint64(32, true), 500_000_000n, "cpu_t_ns");
  assertEquals(view.getFloat32(40, true), Math.fround(0.1), "data[0][0]");
  assert(Number.isNaN(view.getFloat32(44, true)), "data[0][1]");
  assertEquals(view.getFloat32(8228, true), -2.5, "data[31][63]");
  assertEquals(view.getBigUint64(8232, true), 0x8877665544332211n, "run");
  assertEquals(view.getUint32(8240, true), 0x80000001, "mask");
  assertEquals(view.getUint32(8244, true), 9, "flags");
  assertEquals(view.getBigUint64(8248, true), 0x1_0000_0002n, "tm_time[0][0]");
  assertEquals(view.getBigUint64(8256, true), 0x3_0000_0004n, "tm_time[0][1]");
  assertEquals(view.getBigUint64(8264, true), 0n, "tm_time[1][0]");
  assertEquals(view.getBigUint64(8744, true), 0x5_0000_0006n, "tm_time[31][0]");
  assertEquals(view.getBigUint64(8752, true), 0x7_0000_0008n, "tm_time[31][1]");
  assertEquals(view.getUint32(8760, true), 0xfedcba98, "epoch");
  for (const neighbour of [rows.bytes.subarray(0, 8764), rows.bytes.subarray(17528)]) {
    assert(neighbour.every((byte) => byte === 0xaa), "a neighbouring row was touched");
  }
});

Deno.test("a row has 8764 bytes", () => {
  assertEquals(ROW_BYTES, 8764);
});

Deno.test("decodeRow() undoes encodeRow() for any event", () => {
  fc.assert(
    fc.property(u64, u64, u64, u32, u32, fc.nat(999_999_999), (number, run, time, mask, s, ns) => {
      const event = makeEvent(1);
      event.number = number;
      event.run = run;
      event.timestampNs = time;
      event.mask = mask;
      event.epoch = ~mask >>> 0;
      event.setReceiveTime(s, ns);
      const rows = new RowBuffer(2);
      encodeRow(event, rows, 1);
      const row = decodeRow(rows.bytes, ROW_BYTES);
      assertEquals(row.number, number);
      assertEquals(row.run, run);
      assertEquals(row.timestampNs, time);
      assertEquals(row.mask, mask);
      assertEquals(row.epoch, ~mask >>> 0);
      assertEquals(row.receiveSeconds, BigInt(s));
      assertEquals(row.receiveNanoseconds, BigInt(ns));
      assertAlmostEquals(row.receiveTime, s + ns / 1e9, 1e-6);
      assertEquals(row.millivolts, new Float32Array(event.millivolts));
      assertEquals(row.timesNs[62], event.tPrim(31));
      assertEquals(row.timesNs[61], event.tAux(30));
    }),
  );
});
