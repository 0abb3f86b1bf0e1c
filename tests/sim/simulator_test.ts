import { decodePacket, type ModuleReadout } from "../../lib/wire/packet.ts";
import { simulatedReadouts } from "../../sim/simulated_packets.ts";
import { Simulator } from "../../sim/simulator.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { nth, only } from "../elements.ts";
import { logTo } from "../log_lines.ts";
import { RecordingTransport, type SentPacket } from "./recording_transport.ts";
import { VirtualClock } from "./virtual_clock.ts";

const FIXED = { firstTackNs: 1_540_000_000_123_456_789n, firstAuxNs: 42n };

/** The readouts of sent packets, by module. */
function readoutsOf(packets: SentPacket[], modules: number): ModuleReadout[][] {
  const readouts = Array.from({ length: modules }, (): ModuleReadout[] => []);
  for (const { module, bytes } of packets) {
    const decoded = decodePacket(bytes);
    assert(typeof decoded !== "string", `refused: ${decoded}`);
    nth(readouts, module).push(...decoded);
  }
  return readouts;
}

Deno.test("Simulator sends exactly the readouts asked for, the last packet shorter", async () => {
  const { packets, transport } = new RecordingTransport();
  const clock = new VirtualClock();
  const options = { ...FIXED, modules: 3, readouts: 25, readoutsPerPacket: 10 };
  const summary = await new Simulator({ ...options, transport, clock }).run();

  assertEquals(packets.map(({ module }) => module), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
  assertEquals(packets.map(({ bytes }) => bytes.length / 144), [
    ...[10, 10, 10],
    ...[10, 10, 10],
    ...[5, 5, 5],
  ]);
  const expected = Array.from({ length: 3 }, (): ModuleReadout[] => []);
  for (const { slot, readout } of simulatedReadouts(options)) nth(expected, slot).push(readout);
  assertEquals(readoutsOf(packets, 3), expected);

  const { elapsedMs, ...counts } = summary;
  assertAlmostEquals(elapsedMs, 2500, 1e-6);
  assertEquals(counts, {
    modules: 3,
    readoutsSent: 75,
    packetsSent: 9,
    bytesSent: 75 * 144,
    sendErrors: 0,
    tackSeconds: 2.5,
    ...FIXED,
    rate: 10,
    faults: null,
    slots: [0, 1, 2].map((slot) => ({
      slot,
      address: `127.0.0.${101 + slot}`,
      state: "sending" as const,
      packets: 3,
      readouts: 25,
    })),
  });
});

Deno.test("Simulator sends the same bytes whatever the clock and the speed", async () => {
  const options = { ...FIXED, modules: 5, readouts: 33, readoutsPerPacket: 7, seed: 3 };
  const runs = await Promise.all([1, 50, Infinity].map(async (speed) => {
    const { packets, transport } = new RecordingTransport();
    const clock = new VirtualClock(() => 3);
    await new Simulator({ ...options, speed, transport, clock }).run();
    return packets;
  }));
  assertEquals(runs[1], runs[0]);
  assertEquals(runs[2], runs[0]);
});

Deno.test("Simulator's lateness never adds up", async () => {
  let step = 0;
  const clock = new VirtualClock(() => step++ % 7);
  const startMs = clock.time;
  const sentAtMs: number[] = [];
  const { transport } = new RecordingTransport(() => void sentAtMs.push(clock.time));
  await new Simulator({ modules: 1, readouts: 7300 * 5, rate: 7.3, transport, clock }).run();
  assertEquals(sentAtMs.length, 3650);
  sentAtMs.forEach((atMs, packet) => {
    const dueMs = startMs + (packet + 1) * 10 / 7.3 * 1000;
    assert(atMs >= dueMs - 1e-6 && atMs < dueMs + 7, `packet ${packet}: ${atMs - dueMs} ms late`);
  });
});

Deno.test("Simulator sends a packet when its last readout has been taken, at its speed", async () => {
  const clock = new VirtualClock();
  const startMs = clock.time;
  const sentAtMs: number[] = [];
  const { transport } = new RecordingTransport(() => void sentAtMs.push(clock.time - startMs));
  const options = { modules: 2, readouts: 25, rate: 10, speed: 4, transport, clock };
  await new Simulator(options).run();
  [250, 250, 500, 500, 625, 625].forEach((dueMs, i) =>
    assertAlmostEquals(nth(sentAtMs, i), dueMs, 1e-6)
  );
});

Deno.test("Simulator sleeps again when it is woken too early", async () => {
  const clock: VirtualClock = new VirtualClock(() => clock.sleeps.length % 2 === 1 ? -5 : 0);
  const startMs = clock.time;
  const sentAtMs: number[] = [];
  const { transport } = new RecordingTransport(() => void sentAtMs.push(clock.time - startMs));
  await new Simulator({ modules: 1, readouts: 20, transport, clock }).run();
  [1000, 2000].forEach((dueMs, i) => assertAlmostEquals(nth(sentAtMs, i), dueMs, 1e-6));
});

Deno.test("Simulator catches up without sleeping or skipping", async () => {
  const clock = new VirtualClock();
  const startMs = clock.time;
  const sent: [number, number][] = [];
  const { transport } = new RecordingTransport(() => {
    sent.push([clock.time - startMs, clock.sleeps.length]);
    // The second packet takes 4.5 s to send: those due at 3, 4, 5 and 6 s are then late.
    if (sent.length === 2) clock.time += 4500;
  });
  await new Simulator({ modules: 1, readouts: 80, transport, clock }).run();
  assertEquals(sent.map(([atMs]) => Math.round(atMs)), [
    ...[1000, 2000],
    ...[6500, 6500, 6500, 6500],
    ...[7000, 8000],
  ]);
  assertEquals(sent.map(([, sleeps]) => sleeps), [1, 2, 2, 2, 2, 2, 3, 4]);
});

Deno.test("Simulator never sleeps at speed Infinity, but lets timers and aborts run", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 1);
  const { packets, transport } = new RecordingTransport();
  const simulator = new Simulator({ modules: 1, speed: Infinity, transport, clock });
  const summary = await simulator.run(abort.signal);
  clearTimeout(timer);
  assertEquals(clock.sleeps, []);
  assertEquals(summary.packetsSent, packets.length);
});

Deno.test("Simulator ends after the packets under way when it is aborted", async () => {
  const abort = new AbortController();
  const clock = new VirtualClock();
  const recording = new RecordingTransport(() => {
    if (recording.packets.length === 4) abort.abort();
  });
  const simulator = new Simulator({ modules: 3, transport: recording.transport, clock });
  const summary = await simulator.run(abort.signal);
  assertEquals(recording.packets.map(({ module }) => module), [0, 1, 2, 0, 1, 2]);
  assertEquals(summary.packetsSent, 6);
  assertEquals(summary.slots.map(({ readouts }) => readouts), [20, 20, 20]);
  assertEquals(recording.closed, 1);
});

Deno.test("Simulator sends nothing when it is aborted before it starts", async () => {
  const recording = new RecordingTransport();
  const { packets, transport } = recording;
  const clock = new VirtualClock();
  const summary = await new Simulator({ modules: 2, transport, clock }).run(AbortSignal.abort());
  assertEquals(packets, []);
  assertEquals([summary.packetsSent, summary.elapsedMs, summary.tackSeconds], [0, 0, 0]);
  assertEquals(recording.closed, recording.opened);
  assertEquals(clock.sleeps, []);
});

Deno.test("Simulator ends at once when it is aborted while it sleeps", async () => {
  const abort = new AbortController();
  const { packets, transport } = new RecordingTransport();
  const simulator = new Simulator({ modules: 1, rate: 0.001, transport });
  const run = simulator.run(abort.signal);
  const timer = setTimeout(() => abort.abort(), 1);
  const { elapsedMs } = await run;
  clearTimeout(timer);
  assertEquals(packets, []);
  assertLess(elapsedMs, 10_000_000);
});

Deno.test("Simulator counts packets that cannot be sent, logs the first and goes on", async () => {
  const messages: string[] = [];
  const recording = new RecordingTransport((module) => {
    if (module === 1) throw new Deno.errors.ConnectionRefused("Connection refused");
  });
  const summary = await new Simulator({
    modules: 3,
    readouts: 25,
    target: { hostname: "10.0.0.9", port: 2010 },
    transport: recording.transport,
    clock: new VirtualClock(),
    log: logTo(messages),
  }).run();
  assertEquals(recording.packets.map(({ module }) => module), [0, 2, 0, 2, 0, 2]);
  assertEquals([summary.sendErrors, summary.packetsSent, summary.readoutsSent], [3, 6, 50]);
  assertEquals(summary.bytesSent, 50 * 144);
  assertEquals(summary.tackSeconds, 2.5);
  assertEquals(summary.slots.map(({ packets }) => packets), [3, 0, 3]);
  assertStringIncludes(
    only(messages),
    "cannot send from 127.0.0.102 to 10.0.0.9:2010: Connection refused",
  );
  assertEquals(recording.closed, 1);
});

Deno.test("Simulator's run fails as its transport does", async () => {
  const transport = () => Promise.reject(new RangeError("no way out here"));
  const simulator = new Simulator({ transport });
  await assertRejects(() => simulator.run(), RangeError, "no way out here");
  assertEquals(simulator.progress.packetsSent, 0);
});

Deno.test("Simulator lets a 1 ms timer fire all along at speed Infinity", async () => {
  const abort = new AbortController();
  let packetsBetween = 0;
  let fired = 0;
  const most: number[] = [];
  const timer = setInterval(() => {
    most.push(packetsBetween);
    packetsBetween = 0;
    if (++fired === 20) abort.abort();
  }, 1);
  const { transport } = new RecordingTransport(() => {
    if (++packetsBetween > 5000) abort.abort();
    // As slow as packets get: with a turn for timers every 64, one is at most so many away.
    const endMs = performance.now() + 0.02;
    while (performance.now() < endMs);
  });
  await new Simulator({ speed: Infinity, transport }).run(abort.signal);
  clearInterval(timer);
  assertEquals(fired, 20);
  assert(most.every((packets) => packets < 1000), `packets between timers: ${most.join(" ")}`);
});

Deno.test("Simulator runs once", async () => {
  const { transport } = new RecordingTransport();
  const clock = new VirtualClock();
  const simulator = new Simulator({ modules: 1, readouts: 1, transport, clock });
  await simulator.run();
  await assertRejects(() => simulator.run(), Error, "runs only once");
});

Deno.test("Simulator's progress follows the run, and stands still before and after it", async () => {
  const clock = new VirtualClock();
  const seen: number[][] = [];
  const { transport } = new RecordingTransport(() => {
    const { packetsSent, readoutsSent, tackSeconds, elapsedMs } = simulator.progress;
    seen.push([packetsSent, readoutsSent, tackSeconds, Math.round(elapsedMs)]);
  });
  const options = { modules: 2, readouts: 15, speed: 2, transport, clock };
  const simulator = new Simulator(options);
  const before = simulator.progress;
  const summary = await simulator.run();
  assertEquals([before.packetsSent, before.elapsedMs], [0, 0]);
  assertEquals(before.slots.map(({ packets }) => packets), [0, 0]);
  // The packets of one moment count when all of them have been sent.
  assertEquals(seen, [[0, 0, 1, 500], [0, 0, 1, 500], [2, 20, 1.5, 750], [2, 20, 1.5, 750]]);
  clock.time += 1000;
  assertEquals(simulator.progress, summary);
});
