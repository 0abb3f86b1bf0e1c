import {
  decodeFrame,
  encodeFrame,
  FRAME_BYTES,
  shownEvent,
} from "../../../../lib/view/protocol/frame.ts";
import { CameraEvent } from "../../../../lib/wire/event.ts";
import { assertEquals } from "../../../assert.ts";
import { flipBits } from "../../../elements.ts";

const MILLIVOLTS_AT = 192;

function ages(silentAfterSeconds: number) {
  return { silentAfterSeconds, seconds: Float32Array.from({ length: 32 }, (_, slot) => slot / 4) };
}

function someEvent(): CameraEvent {
  const event = new CameraEvent();
  event.number = 0x0102030405060708n;
  event.run = 0x1112131415161718n;
  event.timestampNs = 0x2122232425262728n;
  event.setReceiveTime(0x3132333435, 0x41424344);
  event.mask = 0x80000001;
  event.flags = 0x0b;
  event.spreadNs = 0x61626364;
  event.module(31)[63] = 1.5;
  return event;
}

Deno.test("a frame has its bytes where its table says", () => {
  const bytes = encodeFrame(ages(2), someEvent());
  assertEquals([bytes.length, FRAME_BYTES], [8384, 8384]);
  const hex = bytes.subarray(0, MILLIVOLTS_AT).toHex();
  assertEquals(hex.slice(0, 32), "53535631" + "01000000" + "0000000000000040");
  assertEquals(hex.slice(32, 56), "00000000" + "0000803e" + "0000003f");
  assertEquals(
    hex.slice(2 * 144),
    "0807060504030201" + "1817161514131211" + "2827262524232221" + "3534333231000000" +
      "44434241" + "01000080" + "0b000000" + "64636261",
  );
  assertEquals(bytes.subarray(FRAME_BYTES - 4).toHex(), "0000c03f");
});

Deno.test("a frame without an event ends before it", () => {
  const bytes = encodeFrame(ages(1.5));
  assertEquals(bytes.length, 144);
  assertEquals(bytes.subarray(0, 8).toHex(), "5353563100000000");
  assertEquals(decodeFrame(bytes.buffer), { ages: ages(1.5), event: undefined });
});

Deno.test("what is decoded is what was encoded, and shows an event as it is", () => {
  const event = someEvent();
  const decoded = decodeFrame(encodeFrame(ages(2), event).buffer);
  assertEquals(decoded, { ages: ages(2), event: shownEvent(event) });
  assertEquals(decoded?.event?.number, event.number);
  assertEquals(decoded?.event?.millivolts[2047], 1.5);
  assertEquals(decoded?.event?.millivolts[64], NaN);
});

Deno.test("bytes that are no frame are none", () => {
  const bytes = encodeFrame(ages(2), someEvent());
  for (const length of [0, 1, 143, 145, 8383]) {
    assertEquals(decodeFrame(bytes.slice(0, length).buffer), undefined);
  }
  assertEquals(decodeFrame(new ArrayBuffer(8385)), undefined);
  flipBits(bytes, 3, 1);
  assertEquals(decodeFrame(bytes.buffer), undefined);
});
