import { newRecorderLedger } from "../../../lib/ledger/ledger.ts";
import { EventSequence } from "../../../lib/listener/event_sequence.ts";
import { GapFiller, type GapFillerOptions } from "../../../lib/listener/gap_filler.ts";
import type { EventSource, KeptRun } from "../../../lib/replay/event_source.ts";
import type { CameraEvent } from "../../../lib/wire/event.ts";
import type { LastEvent } from "../../../lib/wire/run_id.ts";
import { assertEquals, assertMatch } from "../../assert.ts";
import { first, nth } from "../../elements.ts";
import { logTo } from "../../log_lines.ts";
import { fc } from "../../property.ts";
import { upTo } from "../../up_to.ts";
import { makeEvent } from "../make_event.ts";

const last = (run: bigint, number: bigint): LastEvent => ({ run, epoch: 0, number });

const { signal } = new AbortController();

/** Events kept in memory: those with the numbers of each run. */
function keeping(
  byRun: Record<number, number[]>,
  current: number,
  more: Partial<EventSource> = {},
): EventSource {
  const runs = Object.entries(byRun).map(([run, numbers]): KeptRun => ({
    run: BigInt(run),
    epoch: 0,
    from: BigInt(first(numbers)),
    to: BigInt(nth(numbers, numbers.length - 1)),
    current: Number(run) === current,
  }));
  return {
    isCertain: false,
    isBusy: false,
    lastRuns: [],
    runs: () => Promise.resolve(runs),
    async *events({ run, from, to }) {
      for (const number of byRun[Number(run)] ?? []) {
        if (number >= from && number <= to) {
          yield await Promise.resolve(makeEvent(number, Number(run)));
        }
      }
    },
    ...more,
  };
}

/** A recording with a source: what it would store of the events heard, as `run.number`. */
function recording(source: EventSource, after?: readonly LastEvent[], options?: GapFillerOptions) {
  const ledger = newRecorderLedger();
  const sequence = new EventSequence(after);
  const filler = new GapFiller(sequence, source, ledger, options);
  const stored: string[] = [];
  const store = ({ run, number }: CameraEvent) => void stored.push(`${run}.${number}`);
  return {
    ledger,
    sequence,
    stored,
    async hear(number: number, run: number, nowMs = 0) {
      const event = makeEvent(number, run);
      for await (const filled of filler.before(event, nowMs, signal)) store(filled);
      if (sequence.isNew(event)) store(event);
    },
    async catchUp(isLast = false) {
      for await (const filled of filler.catchUp(signal, { isLast })) store(filled);
    },
  };
}

Deno.test("GapFiller gives what came before the first event, and every gap, in order", async () => {
  const { hear, stored, ledger, sequence } = recording(keeping({ 7: upTo(9) }, 7));
  await hear(10, 7);
  await hear(11, 7);
  assertEquals(stored, upTo(11).map((number) => `7.${number}`));
  assertEquals([ledger.recorder.filled, sequence.missed], [9, 0]);
});

Deno.test("GapFiller leaves what is no longer kept as missed, and only that", async () => {
  const { hear, stored, ledger, sequence } = recording(keeping({ 7: [4, 5, 8] }, 7));
  await hear(9, 7);
  assertEquals(stored, ["7.4", "7.5", "7.8", "7.9"]);
  assertEquals([ledger.recorder.filled, sequence.missed], [3, 3 + 2]);
});

Deno.test("GapFiller gives the rest of a run before the first event of the next", async () => {
  const { hear, stored } = recording(keeping({ 7: upTo(4), 8: upTo(2) }, 8));
  await hear(1, 7);
  await hear(3, 8);
  assertEquals(stored, ["7.1", "7.2", "7.3", "7.4", "8.1", "8.2", "8.3"]);
});

Deno.test("GapFiller catches up with the run under way, and with no run it has not begun", async () => {
  const { catchUp, stored } = recording(keeping({ 6: upTo(3), 7: upTo(3) }, 7));
  await catchUp();
  await catchUp();
  assertEquals(stored, ["7.1", "7.2", "7.3"]);
});

Deno.test("GapFiller goes on after what was stored before", async () => {
  const source = keeping({ 6: upTo(3), 7: upTo(5) }, 7);
  const { catchUp, stored, sequence } = recording(source, [last(6n, 2n), last(7n, 3n)]);
  await catchUp();
  assertEquals(stored, ["6.3", "7.4", "7.5"]);
  assertEquals(sequence.missed, 0);
});

Deno.test("GapFiller misses what came first when a source that is certain does not answer", async () => {
  const silent = { runs: () => Promise.resolve(undefined) };
  for (const [isCertain, missed] of [[true, 4], [false, 0]] as const) {
    const { hear, stored, sequence } = recording(keeping({}, 7, { ...silent, isCertain }));
    await hear(5, 7);
    await hear(6, 7);
    assertEquals(stored, ["7.5", "7.6"]);
    assertEquals(sequence.missed, missed);
  }
});

Deno.test("GapFiller gives the rest of a run later, when the source did not answer as it ended", async () => {
  let isDown = true;
  const whole = keeping({ 7: upTo(4), 8: upTo(9) }, 8);
  const { hear, stored, sequence } = recording({
    ...whole,
    isCertain: true,
    runs: (signal) => isDown ? Promise.resolve(undefined) : whole.runs(signal),
  });
  await hear(1, 7);
  await hear(1, 8, 1000);
  isDown = false;
  await hear(2, 8, 2000);
  assertEquals(stored, ["7.1", "8.1", "8.2"]);
  await hear(3, 8, 20_000);
  await hear(4, 8, 40_000);
  assertEquals(stored.slice(3), ["7.2", "7.3", "7.4", "8.3", "8.4"]);
  assertEquals(sequence.missed, 0);
});

Deno.test("GapFiller misses the end of a run that is kept no more, though no event shows it", async () => {
  const kept = keeping({ 7: [1, 2, 6], 8: upTo(1) }, 8, { async *events() {} });
  const { hear, ledger } = recording(kept);
  await hear(2, 7);
  await hear(1, 8);
  assertEquals(ledger.recorder.missed, 4 + 1);
});

Deno.test("GapFiller does not ask for readout messages, which have no run", async () => {
  const { hear, catchUp, stored } = recording(keeping({ 0: upTo(9), 7: upTo(9) }, 7));
  await hear(5, 0);
  await catchUp();
  assertEquals(stored, ["0.5"]);
});

Deno.test("with a source that keeps all, every event comes once and in order whatever is heard", async () => {
  const heards = fc.uniqueArray(fc.integer({ min: 1, max: 60 })).map((numbers) =>
    numbers.sort((a, b) => a - b)
  );
  await fc.assert(
    fc.asyncProperty(heards, heards, async (first, second) => {
      const { hear, catchUp, stored, ledger, sequence } = recording(
        keeping({ 7: upTo(60), 8: upTo(60) }, 8),
        [last(7n, 1n)],
      );
      for (const number of first) await hear(number, 7);
      for (const number of second) await hear(number, 8);
      await catchUp();
      const runs = { 7: upTo(60).slice(1), 8: upTo(60) };
      assertEquals(
        stored,
        Object.entries(runs).flatMap(([run, numbers]) => numbers.map((n) => `${run}.${n}`)),
      );
      assertEquals(sequence.missed, 0);
      assertEquals(ledger.recorder.filled <= stored.length, true);
    }),
    { numRuns: 50 },
  );
});

Deno.test("without a source that answers, nothing before the first event is missed", async () => {
  const { hear, sequence, stored } = recording(keeping({}, 7));
  await hear(9, 7);
  await hear(12, 7);
  assertEquals([stored, sequence.missed], [["7.9", "7.12"], 2]);
});

/** A clock that sleeping moves on, and a source that is busy until a moment. */
function busyUntil(freeMs: number) {
  let nowMs = 0;
  const whole = keeping({ 7: upTo(9) }, 7);
  const lines: string[] = [];
  const isBusy = () => nowMs < freeMs;
  const source: EventSource = {
    isCertain: true,
    lastRuns: [],
    get isBusy() {
      return isBusy();
    },
    runs: (signal) => isBusy() ? Promise.resolve(undefined) : whole.runs(signal),
    async *events(range, signal) {
      if (!isBusy()) yield* whole.events(range, signal);
    },
  };
  const options: GapFillerOptions = {
    log: logTo(lines),
    now: () => nowMs,
    sleep: (durationMs) => Promise.resolve(void (nowMs += durationMs)),
  };
  return { lines, ...recording(source, [last(7n, 2n)], options) };
}

Deno.test("GapFiller asks a busy source again, and goes on with nothing before it answers", async () => {
  const { hear, stored, lines, sequence } = busyUntil(60_000);
  await hear(8, 7);
  assertEquals(stored, ["7.3", "7.4", "7.5", "7.6", "7.7", "7.8"]);
  assertEquals(sequence.missed, 0);
  assertEquals(lines.map((line) => line.split(":")[0]), [
    "the replay buffer is busy",
    "the replay buffer answers again",
  ]);
});

Deno.test("GapFiller gives a source up that stays busy for five minutes, and says so", async () => {
  const { hear, stored, lines, sequence } = busyUntil(Infinity);
  await hear(8, 7);
  assertEquals([stored, sequence.missed], [["7.8"], 5]);
  assertMatch(nth(lines, 1), /busy for 30\d s: the events missing before the next one stay a gap/);
});

Deno.test("GapFiller asks again for what the source has, when an answer breaks off", async () => {
  const whole = keeping({ 7: upTo(9) }, 7);
  const { hear, stored, sequence } = recording(
    {
      ...whole,
      async *events(range, signal) {
        let left = 2;
        for await (const event of whole.events(range, signal)) {
          if (left-- > 0) yield event;
        }
      },
    },
    [last(7n, 1n)],
    { sleep: () => Promise.resolve() },
  );
  await hear(9, 7);
  assertEquals(stored, upTo(9).slice(1).map((number) => `7.${number}`));
  assertEquals(sequence.missed, 0);
});

Deno.test("GapFiller gives whole runs that passed while a recording that goes on stood still", async () => {
  const source = keeping({ 5: upTo(2), 6: upTo(4), 7: upTo(3), 8: upTo(2) }, 8);
  const expected = ["6.3", "6.4", "7.1", "7.2", "7.3", "8.1", "8.2"];
  const quiet = recording(source, [last(6n, 2n)]);
  await quiet.catchUp();
  assertEquals(quiet.stored, expected);
  const hearing = recording(source, [last(6n, 2n)]);
  await hearing.hear(3, 8);
  assertEquals(hearing.stored, [...expected, "8.3"]);
  const allGone = recording(source, [last(4n, 2n)]);
  await allGone.catchUp();
  assertEquals(allGone.stored, ["5.1", "5.2", "6.1", "6.2", ...expected]);
});

Deno.test("GapFiller waits for a busy source at the end, when nothing follows", async () => {
  const { catchUp, stored, sequence } = busyUntil(60_000);
  await catchUp();
  assertEquals(stored, []);
  await catchUp(true);
  assertEquals(stored, upTo(9).slice(2).map((number) => `7.${number}`));
  assertEquals(sequence.missed, 0);
});

Deno.test("GapFiller misses at the end what a source that has gone last said to have", async () => {
  const kept = { run: 7n, epoch: 0, from: 1n, to: 50n, current: true };
  const gone = keeping({}, 7, { runs: () => Promise.resolve(undefined), lastRuns: [kept] });
  const { catchUp, hear, ledger } = recording(gone, [last(7n, 2n)]);
  await hear(3, 7);
  await catchUp();
  assertEquals(ledger.recorder.missed, 0);
  await catchUp(true);
  assertEquals(ledger.recorder.missed, 47);
});
