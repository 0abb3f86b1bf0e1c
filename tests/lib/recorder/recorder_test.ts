import { OperationError } from "../../../lib/errors.ts";
import { brokenIdentities, newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { Publisher } from "../../../lib/publisher/publisher.ts";
import { Recorder } from "../../../lib/recorder/recorder.ts";
import { TableReader } from "../../../lib/recording/read/table_reader.ts";
import { ROW_BYTES } from "../../../lib/recording/table/columns.ts";
import { decodeRow } from "../../../lib/recording/table/row.ts";
import { EventWriter } from "../../../lib/recording/write/event_writer.ts";
import type { EventSource } from "../../../lib/replay/event_source.ts";
import type { WallClock } from "../../../lib/time/wall_clock.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../../assert.ts";
import { first } from "../../elements.ts";
import { waitFor } from "../../wait_for.ts";
import { makeEvent } from "../make_event.ts";

/** A publisher, and a recorder of a file in a folder of its own. */
async function setUp(
  { wallClock, source, rowsBefore = 0 }: {
    wallClock?: WallClock;
    source?: EventSource;
    rowsBefore?: number;
  } = {},
) {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/run.h5`;
  const endpoints = ["tcp://127.0.0.1:*"];
  const publisher = await Publisher.bind({ endpoints }, newDaemonLedger());
  const listener = await Listener.connect({
    endpoints: publisher.endpoints,
    ...source && { source },
  });
  await waitFor("the subscriber", () => publisher.subscribers === 1 && listener.connections === 1);
  {
    await using before = await EventWriter.open({ destination: { file }, provenance: {} });
    before.write(upTo(rowsBefore), 0);
  }
  const writer = await EventWriter.open({ destination: { file, resume: true }, provenance: {} });
  return {
    publisher,
    listener,
    writer,
    recorder: new Recorder(listener, writer, wallClock),
    async numbers(): Promise<number[]> {
      await writer.close();
      using reader = await TableReader.open(file);
      return [...reader.blocks()].flatMap(({ rows, bytes }) =>
        Array.from(
          { length: rows },
          (_, index) => Number(decodeRow(bytes, index * ROW_BYTES).number),
        )
      );
    },
    async [Symbol.asyncDispose]() {
      await listener.close();
      await publisher.close();
      await writer.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Lets a writer fail when it is given events from this number on. */
function failAt(writer: EventWriter, number: bigint): void {
  const write = writer.write.bind(writer);
  writer.write = (events, nowMs) => {
    if (first(events).number === number) throw new OperationError("cannot write: the disk is full");
    write(events, nowMs);
  };
}

const never = new AbortController().signal;
const upTo = (count: number) => Array.from({ length: count }, (_, index) => makeEvent(index + 1));

Deno.test("Recorder stores what was published before the signal, and its account closes", async () => {
  await using parts = await setUp();
  const controller = new AbortController();
  const running = parts.recorder.run(controller.signal);
  parts.publisher.publish(upTo(300));
  await parts.publisher.flush();
  controller.abort();
  await running;
  assertEquals(await parts.numbers(), upTo(300).map(({ number }) => Number(number)));
  assertEquals(parts.listener.ledger.recorder.stored, 300);
  assertEquals(brokenIdentities(parts.listener.ledger), []);
});

Deno.test("Recorder ends after the events it was asked for", async () => {
  await using parts = await setUp();
  const running = parts.recorder.run(never, { events: 5 });
  parts.publisher.publish(upTo(10));
  await running;
  assertEquals(await parts.numbers(), [1, 2, 3, 4, 5]);
});

Deno.test("Recorder ends after the time it was asked for", async () => {
  await using parts = await setUp();
  await parts.recorder.run(never, { durationMs: 50 });
  assertEquals(await parts.numbers(), []);
});

Deno.test("Recorder fails when its writer does, also while no event comes", async () => {
  await using parts = await setUp();
  const failure = new OperationError("cannot write: the disk is full");
  parts.writer.tick = () => {
    throw failure;
  };
  const running = parts.recorder.run(never);
  parts.publisher.publish(upTo(3));
  const error = await assertRejects(() => running, OperationError);
  assertEquals(error, failure);
  assertEquals(brokenIdentities(parts.listener.ledger), []);
});

/** A writer that takes its time: a full queue behind it is what a slow disk makes. */
function slowDown(writer: EventWriter, eventMs: number): void {
  const write = writer.write.bind(writer);
  writer.write = (events, nowMs) => {
    const endMs = performance.now() + eventMs;
    while (performance.now() < endMs);
    write(events, nowMs);
  };
}

Deno.test("Recorder that is behind stores all that was published before the signal, and no more", async () => {
  await using parts = await setUp();
  slowDown(parts.writer, 1);
  const controller = new AbortController();
  const running = parts.recorder.run(controller.signal);
  parts.publisher.publish(upTo(1500));
  await parts.publisher.flush();
  controller.abort();
  await waitFor("the subscription to end", () => parts.publisher.subscribers === 0);
  parts.publisher.publish([makeEvent(1501)]);
  await running;
  const { recorder } = parts.listener.ledger;
  assertEquals([recorder.heard, recorder.stored, recorder.unstored], [1500, 1500, 0]);
  assertEquals((await parts.numbers()).length, 1500);
  assertEquals(brokenIdentities(parts.listener.ledger), []);
});

Deno.test("Recorder that is told to hurry stores no more, and counts the rest as unstored", async () => {
  await using parts = await setUp();
  slowDown(parts.writer, 1);
  const [controller, hurrying] = [new AbortController(), new AbortController()];
  const running = parts.recorder.run(controller.signal, { hurry: hurrying.signal });
  parts.publisher.publish(upTo(1500));
  await parts.publisher.flush();
  const { recorder } = parts.listener.ledger;
  await waitFor("some stored", () => recorder.stored > 50);
  controller.abort();
  await waitFor("more stored", () => recorder.stored > 100);
  hurrying.abort();
  await running;
  assertEquals([recorder.heard, recorder.stored + recorder.unstored], [1500, 1500]);
  assertEquals((await parts.numbers()).length, recorder.stored);
  assert(recorder.unstored > 1000);
  assertEquals(brokenIdentities(parts.listener.ledger), []);
});

Deno.test("Recorder whose writer fails counts all that had been published as unstored", async () => {
  await using parts = await setUp();
  failAt(parts.writer, 101n);
  parts.publisher.publish(upTo(500));
  await parts.publisher.flush();
  await assertRejects(() => parts.recorder.run(never), OperationError, "the disk is full");
  const { recorder } = parts.listener.ledger;
  assertEquals([recorder.heard, recorder.stored, recorder.unstored], [500, 100, 400]);
});

Deno.test("Recorder tells how late events are stored by a wall clock that drifts and is set", async () => {
  const clock = { unixMs: 1_790_000_000_000 };
  await using parts = await setUp({ wallClock: () => clock.unixMs });
  const controller = new AbortController();
  const running = parts.recorder.run(controller.signal);
  assertEquals(parts.recorder.last, undefined);
  let number = 0;
  for (const stepMs of [0, 3_600_000, -3_600_000, ...Array(20).fill(0.5)]) {
    clock.unixMs += stepMs;
    const event = makeEvent(++number);
    // As the daemon, whose clock it is too, has received it.
    event.setReceiveTime(Math.floor(clock.unixMs / 1000), (clock.unixMs % 1000) * 1e6);
    clock.unixMs += 250;
    parts.publisher.publish([event]);
    await waitFor("the event", () => parts.listener.ledger.recorder.stored === number);
    assertAlmostEquals(parts.recorder.last?.lagSeconds ?? NaN, 0.25, 1e-4);
    // Told later, it is the same.
    clock.unixMs += 3_600_000;
    assertAlmostEquals(parts.recorder.last?.lagSeconds ?? NaN, 0.25, 1e-4);
    clock.unixMs -= 3_600_000;
  }
  controller.abort();
  await running;
});

Deno.test("Recorder of a file that is continued counts what it has stored itself, after a failure too", async () => {
  await using parts = await setUp({ rowsBefore: 300 });
  failAt(parts.writer, 5n);
  parts.publisher.publish(upTo(9));
  await parts.publisher.flush();
  await assertRejects(() => parts.recorder.run(never), OperationError, "the disk is full");
  const { recorder } = parts.listener.ledger;
  assertEquals([recorder.stored, recorder.unstored], [4, 5]);
});

Deno.test("Recorder that is told to hurry waits for no gap to be filled", async () => {
  const asked = Promise.withResolvers<void>();
  const source: EventSource = {
    ...{ isCertain: true, isBusy: true, lastRuns: [] },
    runs: () => Promise.resolve(asked.resolve()).then(() => undefined),
    async *events() {},
  };
  await using parts = await setUp({ source });
  const [controller, hurrying] = [new AbortController(), new AbortController()];
  const running = parts.recorder.run(controller.signal, { hurry: hurrying.signal });
  parts.publisher.publish([makeEvent(7), makeEvent(8)]);
  await asked.promise;
  controller.abort();
  hurrying.abort();
  await running;
  const { recorder } = parts.listener.ledger;
  assertEquals([recorder.heard, recorder.stored, recorder.unstored], [2, 0, 2]);
});
