import { Playout } from "../../../../lib/view/source/playout.ts";
import { CameraEvent } from "../../../../lib/wire/event.ts";
import { assertEquals, assertGreater, assertLessOrEqual } from "../../../assert.ts";
import { fc } from "../../../property.ts";

/** Numbers have no sign. */
const START = 100_000;

/** An event that was taken so long after the first one, and is named after that. */
function eventAt(tackMs: number): CameraEvent {
  const event = new CameraEvent();
  event.number = BigInt(tackMs + START);
  event.timestampNs = 10n ** 18n + BigInt(tackMs) * 1_000_000n;
  return event;
}

/** Names of what is shown, by the time at which it is, looked at every 10 ms. */
function shownFrom(playout: Playout, fromMs: number, toMs: number): [ms: number, name: number][] {
  const shown: [number, number][] = [];
  for (let ms = fromMs; ms < toMs; ms += 10) {
    const event = playout.take(ms);
    if (event !== undefined) shown.push([ms, Number(event.number) - START]);
  }
  return shown;
}

const packet = (fromMs: number) =>
  Array.from({ length: 10 }, (_, index) => eventAt(fromMs + index * 100));

Deno.test("events of a packet are shown one after another, as far apart as they were taken", () => {
  const playout = new Playout();
  playout.push(packet(0), 5000);
  assertEquals(
    shownFrom(playout, 5000, 6000),
    [...Array(10).keys()].map((index) => [5000 + index * 100, index * 100]),
  );
});

Deno.test("packets that come a little early or late are shown at an even pace", () => {
  const playout = new Playout();
  const shown: [number, number][] = [];
  const arrivals = [0, 970, 2040, 2990, 4090];
  arrivals.forEach((ms, index) => {
    playout.push(packet(index * 1000), ms);
    shown.push(...shownFrom(playout, ms, arrivals[index + 1] ?? 5100));
  });
  assertEquals(shown.map(([, name]) => name), [...Array(50).keys()].map((index) => index * 100));
  for (const [ms, name] of shown) assertLessOrEqual(Math.abs(ms - name), 100);
});

Deno.test("what was to be shown long before is not waited for: the latest follow from now", () => {
  const playout = new Playout();
  playout.push(packet(0), 0);
  playout.push(packet(1000), 4000);
  assertEquals(shownFrom(playout, 4000, 4200), [[4000, 1000], [4100, 1100]]);
});

Deno.test("after a TACK reset or a jump ahead the new ones are shown at once", () => {
  for (const tackMs of [-60_000, 60_000]) {
    const playout = new Playout();
    playout.push(packet(0), 0);
    playout.push([eventAt(tackMs)], 50);
    assertEquals(shownFrom(playout, 50, 3000), [[50, tackMs]]);
  }
});

Deno.test("of events closer than an eye sees, the latest is shown, and few wait", () => {
  const playout = new Playout();
  playout.push(Array.from({ length: 1000 }, (_, index) => eventAt(index)), 0);
  const shown = shownFrom(playout, 0, 2000);
  assertLessOrEqual(shown.length, 51);
  assertGreater(shown.length, 45);
  assertEquals(shown.at(-1)?.[1], 999);
});

Deno.test("whatever comes, the last one is shown within 1.5 s, and none before its forerunner", () => {
  const arrival = fc.record({ afterMs: fc.nat(3000), tackMs: fc.nat(20_000), count: fc.nat(20) });
  fc.assert(fc.property(fc.array(arrival, { minLength: 1, maxLength: 8 }), (arrivals) => {
    const playout = new Playout();
    const order = new Map<CameraEvent, number>();
    const shown: (number | undefined)[] = [];
    let nowMs = 0;
    const lookUntil = (endMs: number) => {
      for (; nowMs <= endMs; nowMs += 10) {
        const event = playout.take(nowMs);
        if (event !== undefined) shown.push(order.get(event));
      }
    };
    for (const { afterMs, tackMs, count } of arrivals) {
      lookUntil(nowMs + afterMs);
      const events = Array.from({ length: count + 1 }, (_, index) => eventAt(tackMs + index * 50));
      for (const event of events) order.set(event, order.size);
      playout.push(events, nowMs);
    }
    lookUntil(nowMs + 1510);
    assertEquals(shown.at(-1), order.size - 1);
    assertEquals(shown, shown.toSorted((a = -1, b = -1) => a - b));
  }));
});
