import { ShortSteps } from "../../../lib/daemon/short_steps.ts";
import { encodePacket, PacketView } from "../../../lib/wire/packet.ts";
import { assertEquals } from "../../assert.ts";
import { nth, only } from "../../elements.ts";

const WINDOW_NS = 10e6;
const START_NS = 1_790_000_000_000_000_000n;

/** What is said of each of a slot's packets, whose readouts have these TACK times, ms. */
function stepsMs(packets: number[][]): number[] {
  const steps = new ShortSteps(WINDOW_NS);
  const view = new PacketView();
  const words = new Uint16Array(64).fill(0x8000);
  return packets.map((tacksMs) => {
    const bytes = encodePacket(tacksMs.map((ms) => {
      const tPrim = START_NS + BigInt(Math.round(ms * 1e6));
      return { tPrim, tAux: tPrim, words };
    }));
    view.read(bytes, 0, bytes.length);
    return steps.note(3, view) / 1e6;
  });
}

/** TACK times of packets that follow each other at this step, ms. */
function regular(packets: number, readoutsPerPacket: number, stepMs: number): number[][] {
  return Array.from(
    { length: packets },
    (_, packet) =>
      Array.from(
        { length: readoutsPerPacket },
        (_, index) => (packet * readoutsPerPacket + index) * stepMs,
      ),
  );
}

Deno.test("ShortSteps tells a step of less than two windows, after five in a row", () => {
  assertEquals(stepsMs(regular(7, 1, 10)), [0, 0, 0, 0, 0, 10, 10]);
  assertEquals(stepsMs(regular(4, 2, 18)), [0, 0, 18, 18]);
  assertEquals(stepsMs(regular(2, 10, 4)), [4, 4]);
});

Deno.test("ShortSteps has nothing to say of two windows, be they less by a clock's jitter", () => {
  for (const readoutsPerPacket of [1, 2, 10]) {
    for (const stepMs of [20, 19.9, 100]) {
      assertEquals(stepsMs(regular(20, readoutsPerPacket, stepMs)), Array(20).fill(0));
    }
  }
});

Deno.test("ShortSteps takes no copy, no overtaken packet and no reset for a step", () => {
  const twice = regular(20, 1, 100).flatMap((packet) => [packet, packet]);
  assertEquals(stepsMs(twice), Array(40).fill(0));
  const overtaken = regular(20, 1, 100).map((_, at, all) => nth(all, at ^ 1));
  assertEquals(stepsMs(overtaken), Array(20).fill(0));
  const manyCopiesAndStray = [...Array.from({ length: 10 }, () => [0]), [3]];
  assertEquals(stepsMs(manyCopiesAndStray), Array(11).fill(0));
  const reset = [...regular(10, 1, 100), ...regular(10, 1, 100)];
  assertEquals(stepsMs(reset), Array(20).fill(0));
});

Deno.test("ShortSteps takes strays between a module's readouts for no step of its", () => {
  const strays = regular(20, 1, 100).map(only).flatMap((ms) => [[ms], [ms + 3], [ms + 6]]);
  assertEquals(stepsMs(strays), Array(60).fill(0));
});

Deno.test("ShortSteps tells nothing any more when the step is long again", () => {
  const then = regular(3, 2, 100).map((tacks) => tacks.map((ms) => ms + 1000));
  assertEquals(stepsMs([...regular(5, 2, 5), ...then]), [0, 0, 5, 5, 5, 0, 0, 0]);
});
