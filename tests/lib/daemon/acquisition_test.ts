import { ModuleMap } from "../../../lib/address/module_map.ts";
import { Acquisition, type AcquisitionOptions } from "../../../lib/daemon/acquisition.ts";
import { OperationError } from "../../../lib/errors.ts";
import { brokenIdentities, newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { Publisher } from "../../../lib/publisher/publisher.ts";
import {
  openPacketSocket,
  type PacketSocketOptions,
} from "../../../lib/receiver/open_packet_socket.ts";
import { SOCKET_KINDS, type SocketKind } from "../../../lib/receiver/packet_socket.ts";
import { EventFlag } from "../../../lib/wire/event.ts";
import { encodePacket, refuseLength } from "../../../lib/wire/packet.ts";
import { Random } from "../../../sim/random.ts";
import { Simulator } from "../../../sim/simulator.ts";
import { assert, assertEquals, assertLess, assertMatch, assertRejects } from "../../assert.ts";
import { first, nth } from "../../elements.ts";
import { MemorySocket } from "../../fuzz/memory_socket.ts";
import { logTo } from "../../log_lines.ts";
import { SEED } from "../../property.ts";
import { DEADLINE_MS, waitFor } from "../../wait_for.ts";

/** Longer than what does not wait for it takes on any machine. */
const LONG_MS = 2 * DEADLINE_MS;

/** An acquisition on free ports, with a listener that keeps what it hears. */
async function startAcquisition(
  kind: SocketKind | "auto" = "auto",
  settings: Pick<AcquisitionOptions, "modules" | "builder" | "now"> = {},
) {
  const ledger = newDaemonLedger();
  const lines: string[] = [];
  const socket = openPacketSocket({ hostname: "127.0.0.1", port: 0 }, { kind });
  const publisher = await Publisher.bind({ endpoints: ["tcp://127.0.0.1:*"] }, ledger);
  const listener = await Listener.connect({ endpoints: publisher.endpoints });
  await waitFor("the subscriber", () => publisher.subscribers === 1 && listener.connections === 1);
  const events: { timestampNs: bigint; flags: number }[] = [];
  const heard = (async () => {
    for await (const { timestampNs, flags } of listener) events.push({ timestampNs, flags });
  })();
  const controller = new AbortController();
  const options = {
    ...settings,
    socket,
    publisher,
    ledger,
    log: logTo(lines),
  };
  const acquisition = new Acquisition(options);
  const running = acquisition.run(controller.signal);
  return {
    ledger,
    lines,
    acquisition,
    target: socket.address,
    events,
    /** Drains, and waits until everything published has been heard. */
    async stop() {
      controller.abort();
      await running;
      await waitFor("all events", () => events.length >= ledger.events.published);
    },
    async [Symbol.asyncDispose]() {
      controller.abort();
      await running;
      await listener.close();
      await heard;
      await publisher.close();
      await socket.stop();
    },
  };
}

Deno.test("Acquisition turns a whole camera's packets into complete events", async () => {
  await using acquisition = await startAcquisition();
  const { ledger, target, events } = acquisition;
  const firstTackNs = 2n ** 63n + 1n;
  await new Simulator({ target, readouts: 95, speed: Infinity, firstTackNs }).run();
  await waitFor("the events", () => ledger.events.published === 95);
  assertEquals(ledger.packets.accepted, 320);
  assertEquals(ledger.readouts.placed, 95 * 32);
  await acquisition.stop();
  assertEquals(first(events).timestampNs, firstTackNs);
  const { peaks } = acquisition.acquisition;
  assert(peaks.openEvents >= 1 && peaks.openEvents <= 95 && peaks.ringPackets >= 1);
  assert(events.every((event) => event.flags === EventFlag.complete));
  assertEquals(brokenIdentities(ledger), []);
});

Deno.test("Acquisition that is stopped takes what has arrived and emits what is open", async () => {
  await using acquisition = await startAcquisition();
  const { ledger, target } = acquisition;
  await new Simulator({ modules: 31, target, readouts: 50, speed: Infinity }).run();
  await acquisition.stop();
  assertEquals(ledger.readouts.placed, 50 * 31);
  assertEquals(ledger.events.partial, 50);
  assertEquals(ledger.events.published, 50);
  assertEquals(brokenIdentities(ledger), []);
});

Deno.test("Acquisition with a table of modules waits for these alone, and takes no other", async () => {
  const modules = ModuleMap.ofAddresses([
    { address: "127.0.0.102", slot: 9 },
    { address: "127.0.0.103", slot: 0 },
  ]);
  // A deadline would come too late for the test.
  const builder = { deadlineMs: 60_000, absentAfterMs: 60_000 };
  await using acquisition = await startAcquisition("auto", { modules, builder });
  const { ledger, target, lines } = acquisition;
  await new Simulator({ modules: 3, target, readouts: 20, speed: Infinity }).run();
  await waitFor("the events", () => ledger.events.published === 20);
  assertEquals([ledger.packets.unknownSource, ledger.packets.accepted], [2, 4]);
  assertEquals(ledger.events.complete, 20);
  assertEquals(
    [...acquisition.acquisition.builder.slots.decoded.keys()].filter((slot) =>
      acquisition.acquisition.builder.slots.decoded[slot] === 20
    ),
    [0, 9],
  );
  assertMatch(
    first(lines),
    /^packet of 1440 bytes from 127\.0\.0\.101 refused: no module has this/,
  );
});

Deno.test("Acquisition waits for the slots that its builder names before those of its modules", async () => {
  const modules = ModuleMap.ofAddresses([{ address: "127.0.0.101", slot: 3 }]);
  const builder = { slots: 0b11000, absentAfterMs: 60_000 };
  await using acquisition = await startAcquisition("auto", { modules, builder });
  const { ledger, target } = acquisition;
  await new Simulator({ modules: 1, target, readouts: 10, speed: Infinity }).run();
  await acquisition.stop();
  assertEquals([ledger.events.partial, ledger.events.complete], [10, 0]);
});

Deno.test("Acquisition waits for the slots of its modules where its builder's are undefined", async () => {
  const modules = ModuleMap.ofAddresses([{ address: "127.0.0.101", slot: 3 }]);
  const builder = { slots: undefined, absentAfterMs: 60_000 };
  await using acquisition = await startAcquisition("auto", { modules, builder });
  const { ledger, target } = acquisition;
  await new Simulator({ modules: 1, target, readouts: 10, speed: Infinity }).run();
  await acquisition.stop();
  assertEquals([ledger.events.partial, ledger.events.complete], [0, 10]);
});

const UNKNOWN = "127.0.0.50";
/** Its last octet makes it slot 0: what it sends is only known by its form. */
const SLOT_0 = "127.0.0.1";

Deno.test("Acquisition says so when the window is too wide for the rate", async () => {
  await using acquisition = await startAcquisition();
  const { ledger, target, lines } = acquisition;
  await new Simulator({ modules: 1, target, rate: 250, readouts: 10, speed: Infinity }).run();
  await waitFor("the packet", () => ledger.packets.accepted === 1);
  await acquisition.stop();
  assertEquals(lines, [
    "readouts from 127.0.0.101 are 4 ms apart, less than twice the window of 10 ms: some may count " +
    "as duplicates or late; set --window to 2ms or less",
  ]);
});

for (const [rate, readoutsPerPacket] of [[100, 1], [55, 5], [60, 5], [55, 2]] as const) {
  Deno.test(`Acquisition says so at ${rate} Hz with ${readoutsPerPacket} readouts a packet too`, async () => {
    await using acquisition = await startAcquisition();
    const { ledger, target, lines } = acquisition;
    const camera = { modules: 1, rate, readoutsPerPacket, readouts: 10, speed: Infinity };
    await new Simulator({ ...camera, target }).run();
    await waitFor("the packets", () => ledger.packets.accepted === 10 / readoutsPerPacket);
    await acquisition.stop();
    const stepMs = Math.round(1e6 / rate) / 1e3;
    assertEquals(lines.length, 1, lines.join("\n"));
    assertMatch(
      first(lines),
      new RegExp(`^readouts from 127.0.0.101 are ${stepMs} ms apart, less than twice the window`),
    );
  });
}

/** Sends packets of modules 1 to 4, one after the other has been taken; TACK of module 3 is its own. */
async function sendRounds(
  { target, ledger }: Awaited<ReturnType<typeof startAcquisition>>,
  rounds: number,
  tackNs: (round: number, module: number) => bigint,
) {
  const words = new Uint16Array(64).fill(0x8000);
  const senders = [1, 2, 3, 4].map((module) =>
    Deno.listenDatagram({ transport: "udp", hostname: `127.0.0.10${module}`, port: 0 })
  );
  for (let round = 0; round < rounds; round++) {
    for (const [index, sender] of senders.entries()) {
      const tPrim = tackNs(round, index + 1);
      const accepted = ledger.packets.accepted;
      const bytes = encodePacket([{ tPrim, tAux: tPrim, words }]);
      await sender.send(bytes, { transport: "udp", ...target });
      await waitFor("the packet", () => ledger.packets.accepted > accepted);
    }
  }
  senders.forEach((sender) => sender.close());
}

const TACK_NS = 1_790_000_000_000_000_000n;

Deno.test("Acquisition names a module that is not synchronised, and how far off it is", async () => {
  await using acquisition = await startAcquisition();
  const { ledger, lines } = acquisition;
  const aheadNs = (module: number) => module === 3 ? 1_900_000_000n : 0n;
  await sendRounds(
    acquisition,
    5,
    (round, module) => TACK_NS + BigInt(round) * 100_000_000n + aheadNs(module),
  );
  await waitFor("the line", () => lines.length > 0);
  await acquisition.stop();
  assertEquals(ledger.readouts.late, 0);
  // A busy machine receives packets later, which makes the module's lead look smaller.
  assertMatch(
    lines.join("\n"),
    /^slot 2 is 1\.[89] s ahead of the camera's TACK: is it synchronised\?$/,
  );
});

for (const offsetsMs of [[0, 0, 11, 11], [0, 0, 50, 50], [0, 9, 18, 27]]) {
  Deno.test(`Acquisition says so when modules at ${offsetsMs} ms are never in one event`, async () => {
    const builder = { slots: 0b1111, deadlineMs: 50 };
    await using acquisition = await startAcquisition("auto", { builder });
    const { ledger, lines } = acquisition;
    const aheadNs = (module: number) => BigInt(nth(offsetsMs, module - 1)) * 1_000_000n;
    await sendRounds(
      acquisition,
      30,
      (round, module) => TACK_NS + BigInt(round) * 100_000_000n + aheadNs(module),
    );
    await waitFor("the events", () => ledger.events.built === 60);
    await acquisition.stop();
    assertEquals([ledger.events.complete, ledger.events.partial], [0, 60]);
    assertEquals(lines, [
      "no event is complete though all modules send: their TACK times differ by more than the " +
      "window of 10 ms; synchronise them, or set a larger --window",
    ]);
  });
}

Deno.test("Acquisition says nothing of events that lack a module which is not there", async () => {
  const builder = { slots: 0b11111, deadlineMs: 50 };
  await using acquisition = await startAcquisition("auto", { builder });
  const { ledger, lines } = acquisition;
  await sendRounds(acquisition, 50, (round) => TACK_NS + BigInt(round) * 100_000_000n);
  await waitFor("the events", () => ledger.events.built === 50);
  await acquisition.stop();
  assertEquals([ledger.events.complete, lines], [0, []]);
});

Deno.test("Acquisition suggests another byte order when TACK is reset again and again", async () => {
  await using acquisition = await startAcquisition();
  const { ledger, lines } = acquisition;
  await sendRounds(acquisition, 4, (round) => TACK_NS + BigInt(round) * 86_400_000_000_000n);
  await waitFor("the resets", () => ledger.events.resets === 3);
  await acquisition.stop();
  assertEquals(lines.filter((line) => line.startsWith("TACK has been reset")), [
    "TACK has been reset: events from before it are emitted first, event numbers continue",
    "TACK has been reset: events from before it are emitted first, event numbers continue; this happens " +
    "again and again: try the other --byte-order",
  ]);
});

/** Datagrams that the kernel's buffer surely has room for: 32 MiB, or about 200 kB. */
const CHUNKS = { recvmmsg: 250, portable: 4 };

for (const [kind, datagrams] of [["recvmmsg", 100_000], ["portable", 3000]] as const) {
  Deno.test({
    name: `Acquisition (${kind}) loses no good event among ${datagrams} random datagrams`,
    ignore: kind === "recvmmsg" && Deno.build.os !== "linux",
    fn: async () => {
      await using acquisition = await startAcquisition(kind);
      const { ledger, target, lines } = acquisition;
      const simulator = new Simulator({ target, speed: 10, readouts: 600 });
      const good = simulator.run();
      const noise = await sendNoise(
        target,
        datagrams,
        CHUNKS[kind],
        () => ledger.packets.received - simulator.progress.packetsSent,
      );
      const { firstTackNs, packetsSent } = await good;
      await waitFor("every packet", () => ledger.packets.received === packetsSent + datagrams);
      await acquisition.stop();

      const { packets, malformed } = ledger;
      assertEquals(packets.kernelDropped, 0);
      assertEquals(packets.unknownSource, noise.unknown);
      assertEquals(malformed, { ...noise.malformed, byteOrder: 0 });
      assertEquals(packets.accepted, packetsSent + noise.accepted);
      assertEquals(brokenIdentities(ledger), []);
      assert(lines.length < 20, `${lines.length} lines were logged`);
      assertMatch(lines.join("\n"), /from 127\.0\.0\.50 refused: no module has this address/);

      const inRange = acquisition.events.filter(({ timestampNs }) =>
        timestampNs >= firstTackNs && timestampNs < firstTackNs + 60_000_000_000n
      );
      assertEquals(inRange.length, 600);
      assert(inRange.every(({ flags }) => flags & EventFlag.complete));
    },
  });
}

for (const kind of SOCKET_KINDS) {
  const linuxOnly = kind === "recvmmsg" && Deno.build.os !== "linux";
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name: `Acquisition on the ${kind} socket ${name}`, fn, ignore: linuxOnly });

  test("tells and counts what it could not take at its end", async () => {
    // What is not in the ring when it is stopped is not taken any more.
    await using parts = await startOverfilled(kind, { drainMs: 0 });
    const { acquisition, ledger, lines, capacity } = parts;
    await acquisition.run(AbortSignal.abort());
    assertEquals([ledger.packets.received, ledger.packets.unread], [capacity, 100]);
    assertEquals(brokenIdentities(ledger), []);
    assertMatch(lines.at(-1) ?? "", /^100 datagrams that had arrived were not taken/);
  });

  test("that fails tells and counts what it leaves, and waits for nobody to take it", async () => {
    await using parts = await startOverfilled(kind, { drainMs: LONG_MS });
    const { acquisition, ledger, lines, capacity, publisher } = parts;
    const failure = new OperationError("cannot publish: the socket is closed");
    publisher.publish = () => {
      throw failure;
    };
    const startMs = performance.now();
    const error = await assertRejects(() => acquisition.run(never), OperationError);
    assertLess(performance.now() - startMs, LONG_MS);
    assertEquals(error, failure);
    const { received, unread } = ledger.packets;
    assert(received < capacity);
    assertEquals(received + unread, capacity + 100);
    assertEquals(brokenIdentities(ledger), []);
    assertMatch(lines.at(-1) ?? "", new RegExp(`^${unread} datagrams that had arrived were not`));
  });
}

const never = new AbortController().signal;

/** An acquisition that has not begun, with a full ring, and 100 packets in the kernel's buffer. */
async function startOverfilled(kind: SocketKind, options: PacketSocketOptions) {
  const ledger = newDaemonLedger();
  const lines: string[] = [];
  const publisher = await Publisher.bind({ endpoints: ["tcp://127.0.0.1:*"] }, ledger);
  const local = { hostname: "127.0.0.1", port: 0 };
  const socket = openPacketSocket(local, { kind, ...options });
  const { ring: { capacity }, address } = socket;
  const module = Deno.listenDatagram({ transport: "udp", ...local });
  for (let sent = 1; sent <= capacity + 100; sent++) {
    await module.send(new Uint8Array(100), { transport: "udp", ...address });
    const stored = Math.min(sent, capacity);
    if (sent % 64 === 0) await waitFor("the packets sent", () => socket.ring.length === stored);
  }
  module.close();
  const log = logTo(lines);
  return {
    ...{ ledger, lines, publisher, capacity },
    acquisition: new Acquisition({ socket, publisher, ledger, log }),
    async [Symbol.asyncDispose]() {
      await socket[Symbol.asyncDispose]();
      await publisher.close();
    },
  };
}

/** Sends random bytes of 0..9000 from two addresses, never more than the receiver has room for. */
async function sendNoise(
  target: { hostname: string; port: number },
  datagrams: number,
  chunk: number,
  received: () => number,
) {
  const numbers = new Float64Array(65536);
  new Random(SEED, 0).fill(numbers, 0, 2 ** 32);
  const random = (index: number, below: number) => Math.floor(nth(numbers, index & 0xffff)) % below;
  const pool = Uint8Array.from(numbers, (number) => number);
  const senders = [UNKNOWN, SLOT_0].map((hostname) =>
    Deno.listenDatagram({ transport: "udp", hostname, port: 0 })
  );
  const sent = { unknown: 0, accepted: 0, malformed: { empty: 0, oversize: 0, fractional: 0 } };
  for (let index = 0; index < datagrams; index++) {
    const length = random(index, 9001);
    const at = random(index + 1, pool.length - length);
    const sender = index & 1;
    await nth(senders, sender).send(pool.subarray(at, at + length), {
      transport: "udp",
      ...target,
    });
    const refusal = refuseLength(length);
    if (sender === 0) sent.unknown++;
    else if (refusal === undefined) sent.accepted++;
    else if (refusal !== "byteOrder") sent.malformed[refusal]++;
    if (index % chunk === 0) await waitFor("the noise", () => received() >= index);
  }
  senders.forEach((sender) => sender.close());
  return sent;
}

Deno.test("Acquisition.startRun() never takes a second of the future, however often it is called", async () => {
  const startS = BigInt(Math.floor(Date.now() / 1000));
  await using running = await startAcquisition("auto", { builder: { run: startS, epoch: 1 } });
  const { acquisition } = running;
  const epochs = new Set([acquisition.builder.epoch]);
  const runs = [startS];
  const starts = Array.from({ length: 3 }, async () => {
    const run = await acquisition.startRun();
    assert(run <= BigInt(Math.floor(Date.now() / 1000)), `${run} is in the future`);
    runs.push(run);
    epochs.add(acquisition.builder.epoch);
  });
  await Promise.all(starts);
  assertEquals(runs, [...new Set(runs)].sort());
  assertEquals([runs.length, epochs.size], [4, 4]);
});

Deno.test("Acquisition.startRun() counts on from a number that is no second of its clock", async () => {
  const builder = { run: 2n ** 64n - 1n };
  await using running = await startAcquisition("auto", { builder, now: () => 5_000_999 });
  assertEquals(await running.acquisition.startRun(), 0n);
  assertEquals(await running.acquisition.startRun(), 5000n);
});

Deno.test("an acquisition whose socket does not answer any more is told as stuck, and as well again after", async () => {
  const ledger = newDaemonLedger();
  await using publisher = await Publisher.bind({ endpoints: ["tcp://127.0.0.1:*"] }, ledger);
  const stop = new AbortController();
  const answer = Promise.withResolvers<void>();
  const silent = new MemorySocket([], () => {});
  const socket = Object.assign(silent, { readable: () => answer.promise });
  const acquisition = new Acquisition({ socket, publisher, ledger });
  assertEquals(acquisition.stuck, undefined);
  const running = acquisition.run(stop.signal);
  assertEquals(acquisition.unhealthy, undefined);
  await waitFor("it to be told", () => acquisition.stuck !== undefined);
  assertMatch(acquisition.stuck ?? "", /^acquisition: its loop has stood still for 5 s$/);
  assertEquals(acquisition.unhealthy, acquisition.stuck);
  stop.abort();
  answer.resolve();
  await running;
  assertEquals([acquisition.stuck, acquisition.unhealthy], [undefined, "acquisition: ended"]);
});

Deno.test("Acquisition tells its log of each pause, of its end, and of a new run, once", async () => {
  await using acquisition = await startAcquisition("auto", { builder: { run: 5n, epoch: 1 } });
  const { lines, ledger } = acquisition;
  acquisition.acquisition.pause();
  acquisition.acquisition.pause();
  ledger.events.paused = 3;
  acquisition.acquisition.resume();
  acquisition.acquisition.resume();
  const run = await acquisition.acquisition.startRun();
  assertEquals(lines, [
    "publishing is paused: events are now counted as paused; subscribers do not get them; " +
    "ssdaq ctl resume ends the pause",
    "publishing continues; 3 events in all were not published because of pauses",
    `run ${run} follows run 5: events are numbered from 1 again`,
  ]);
});

/** Blocks this thread, as a stopped process is blocked. */
function standStill(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}

Deno.test("Acquisition that stood still takes what has arrived before a deadline closes events", async () => {
  const builder = { deadlineMs: 300 };
  const modules = ModuleMap.ofAddresses([
    { address: "127.0.0.101", slot: 0 },
    { address: "127.0.0.102", slot: 1 },
  ]);
  await using acquisition = await startAcquisition("portable", { builder, modules });
  const { ledger, target } = acquisition;
  const firstTackNs = 10n ** 18n;
  const send = (firstAddress: string, readouts: number) =>
    new Simulator({
      ...{ modules: 1, target, firstAddress, firstTackNs, readouts },
      speed: Infinity,
    })
      .run();
  await send("127.0.0.101", 10);
  await waitFor("the first packet", () => ledger.packets.accepted === 1);
  const other = send("127.0.0.102", 10);
  standStill(1000);
  await other;
  await waitFor("the events", () => ledger.events.published === 10);
  assertEquals([ledger.events.complete, ledger.readouts.late], [10, 0]);
});

Deno.test("Acquisition that stood still closes events by their deadline when no more comes", async () => {
  const modules = ModuleMap.ofAddresses([
    { address: "127.0.0.101", slot: 0 },
    { address: "127.0.0.102", slot: 1 },
  ]);
  const builder = { deadlineMs: 300 };
  await using acquisition = await startAcquisition("portable", { builder, modules });
  const { ledger, target } = acquisition;
  await new Simulator({ modules: 1, target, readouts: 10, speed: Infinity }).run();
  await waitFor("the packet", () => ledger.packets.accepted === 1);
  standStill(1000);
  await waitFor("the events", () => ledger.events.published === 10);
  assertEquals(ledger.events.partial, 10);
});
