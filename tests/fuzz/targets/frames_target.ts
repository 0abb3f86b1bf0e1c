import { newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { fromJson, toJson } from "../../../lib/text/json.ts";
import { readShape, ShapeError } from "../../../lib/text/shape.ts";
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  FRAME_BYTES,
} from "../../../lib/view/protocol/frame.ts";
import { LIVE_STATUS } from "../../../lib/view/protocol/live_status_shape.ts";
import { CameraEvent } from "../../../lib/wire/event.ts";
import { assert, assertEquals } from "../../assert.ts";
import type { FuzzTarget } from "../engine/fuzz_target.ts";

const HEAD_BYTES = 144;
const decoder = new TextDecoder();

function checkFrame(bytes: Uint8Array<ArrayBuffer>): void {
  const frame = decodeFrame(bytes.buffer);
  const isSize = bytes.length === HEAD_BYTES || bytes.length === FRAME_BYTES;
  const hasMark = decoder.decode(bytes.subarray(0, 4)) === "SSV1";
  assertEquals(frame !== undefined, isSize && hasMark);
  if (frame !== undefined) checkEncoded(frame, bytes);
}

/** A frame is encoded to the same bytes, but for what is not used, and for kinds of NaN. */
function checkEncoded({ ages, event }: Frame, bytes: Uint8Array): void {
  let source: CameraEvent | undefined;
  if (event !== undefined) {
    const { number, run, timestampNs, mask, flags, spreadNs } = event;
    source = new CameraEvent();
    Object.assign(source, { number, run, timestampNs, mask, flags, spreadNs });
    source.millivolts.set(event.millivolts);
    source.setReceiveTime(event.receiveSeconds, event.receiveNanoseconds);
  }
  const again = decodeFrame(encodeFrame(ages, source).buffer);
  assert(again !== undefined);
  assertEquals(encodeFrame(ages, source).length, bytes.length);
  assertEquals(again, { ages, event });
}

/** A status is refused in one line, or is the same when it is sent on. */
function checkStatus(text: string): void {
  try {
    const status = readShape(fromJson(text), LIVE_STATUS);
    assertEquals(readShape(fromJson(toJson(status)), LIVE_STATUS), status);
  } catch (error) {
    if (error instanceof SyntaxError) return;
    assert(error instanceof Error);
    const isTold = error instanceof ShapeError ||
      /^its (?:counter|section)|^it has/.test(error.message);
    assert(isTold, error.stack ?? error.message);
  }
}

const STATUS = {
  ...{ source: "daemon", origin: "udp://127.0.0.1:2009", run: 2n ** 60n, epoch: 7, paused: false },
  ...{ eventsPerSecond: 10.5, ledger: newDaemonLedger(), badPixels: [1, 2047] },
  slots: Array.from(
    { length: 32 },
    (_, slot) => ({ slot, perSecond: 1, missing: 0, late: null, duplicate: 2 }),
  ),
  replay: [{ run: 1, epoch: 1, from: 1, to: 2n ** 63n }],
};

export const target: FuzzTarget = {
  name: "frames",
  summary: "messages to a page: frames, and the status as JSON",
  sources: ["lib/view/protocol/", "lib/text/", "lib/replay/replay_range_shape.ts"],
  maxBytes: FRAME_BYTES + 8,
  seeds: () => [
    Uint8Array.of(0, ...encodeFrame({ silentAfterSeconds: 2, seconds: new Float32Array(32) })),
    Uint8Array.of(2, ...encodeFrame({ silentAfterSeconds: 2, seconds: new Float32Array(32) })),
    new TextEncoder().encode(`\x01${toJson(STATUS)}`),
    new TextEncoder().encode(`\x01{"source":"listener"}`),
  ],
  words: ["SSV1", "null", "true", "1e999", "-1", "{}", "[]", "18446744073709551616"],
  open: () =>
    Promise.resolve({
      run(input) {
        const [kind] = input;
        const bytes = Uint8Array.from(input.subarray(1));
        if (kind === 1) return checkStatus(decoder.decode(bytes));
        if (kind !== 2) return checkFrame(bytes);
        // A whole event is long, and mostly pixels: its head is in the input.
        const whole = new Uint8Array(FRAME_BYTES);
        whole.set(bytes.subarray(0, FRAME_BYTES));
        checkFrame(whole);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};
