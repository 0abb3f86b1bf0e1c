import { Acquisition } from "../../lib/daemon/acquisition.ts";
import { brokenIdentities, newDaemonLedger } from "../../lib/ledger/ledger.ts";
import { Listener } from "../../lib/listener/listener.ts";
import { Publisher } from "../../lib/publisher/publisher.ts";
import { EventFlag } from "../../lib/wire/event.ts";
import { encodePacket, MAX_PACKET_BYTES, READOUT_BYTES } from "../../lib/wire/packet.ts";
import { simulatedPackets } from "../../sim/simulated_packets.ts";
import { type SimulationOptions, simulationSettings } from "../../sim/simulation_options.ts";
import { assert, assertEquals, assertLess } from "../assert.ts";
import { flipBits } from "../elements.ts";
import { logTo } from "../log_lines.ts";
import { SEED, seeds } from "../property.ts";
import { waitFor } from "../wait_for.ts";
import { Dice } from "./dice.ts";
import { type Datagram, MemorySocket } from "./memory_socket.ts";

const FIRST_TACK_NS = 1_790_000_000_000_000_000n;
const FIRST_MODULE = 0x7f000065;
/** Times at the ends of what a u64 holds, and about the camera's. */
const TIMES = [0n, 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n, FIRST_TACK_NS, FIRST_TACK_NS + 1n];
const WORDS = new Uint16Array(64);

/** What a good camera sends, packet by packet. */
function* goodPackets(options: SimulationOptions = {}): Generator<Datagram> {
  const settings = simulationSettings({
    ...options,
    firstTackNs: FIRST_TACK_NS,
    firstAuxNs: FIRST_TACK_NS,
  });
  for (const { slot, bytes } of simulatedPackets(settings)) {
    yield { ipv4: FIRST_MODULE + slot, bytes };
  }
}

/** Acquires all of these datagrams; `heard` are the flags of each event of the good camera. */
async function acquire(datagrams: Iterable<Datagram>) {
  const ledger = newDaemonLedger();
  const lines: string[] = [];
  const controller = new AbortController();
  await using publisher = await Publisher.bind({ endpoints: ["tcp://127.0.0.1:*"] }, ledger);
  await using listener = await Listener.connect({ endpoints: publisher.endpoints });
  await waitFor("the subscriber", () => publisher.subscribers === 1);
  const heard = new Map<bigint, number>();
  const hearing = (async () => {
    for await (const { timestampNs, flags } of listener) heard.set(timestampNs, flags);
  })();
  await using socket = new MemorySocket(datagrams, () => controller.abort());
  const acquisition = new Acquisition({
    socket,
    publisher,
    ledger,
    builder: { run: 1n },
    log: logTo(lines),
  });
  let levels = 0;
  const looks = setInterval(() => levels = Math.max(levels, acquisition.builder.heldReadouts), 1);
  try {
    await acquisition.run(controller.signal);
  } finally {
    clearInterval(looks);
  }
  listener.end();
  await hearing;
  return { ledger, lines, heard, levels, given: socket.given, peaks: acquisition.peaks };
}

/** Anything at all: random bytes, good packets with some changed or cut off, impossible times. */
function* anything(dice: Dice, datagrams: number): Generator<Datagram> {
  const good = goodPackets();
  for (let left = datagrams; left > 0; left--) {
    const ipv4 = dice.pick([FIRST_MODULE + dice.below(32), dice.below(2 ** 32), 0, 0xffffffff]);
    yield { ipv4, bytes: anyBytes(dice, good) };
  }
}

function anyBytes(dice: Dice, good: Generator<Datagram>): Uint8Array {
  switch (dice.below(6)) {
    case 0:
      return dice.some(dice.below(dice.pick([10, 300, 3000, MAX_PACKET_BYTES + 300])));
    case 1:
      return dice.some(READOUT_BYTES * (1 + dice.below(3)));
    case 2: {
      const times = Array.from({ length: 1 + dice.below(3) }, () => dice.pick(TIMES));
      return encodePacket(times.map((tPrim) => ({ tPrim, tAux: dice.pick(TIMES), words: WORDS })));
    }
    case 3: {
      const { bytes } = good.next().value as Datagram;
      return bytes.subarray(0, dice.below(bytes.length));
    }
    default: {
      const { bytes } = good.next().value as Datagram;
      for (let flips = 1 + dice.below(8); flips > 0; flips--) {
        flipBits(bytes, dice.below(bytes.length), 1 + dice.below(255));
      }
      return bytes;
    }
  }
}

for (const seed of seeds(3)) {
  Deno.test(`200 000 datagrams of any kind raise nothing and are accounted for (seed ${seed})`, async () => {
    const { ledger, lines, levels, given, peaks } = await acquire(
      anything(new Dice(seed), 200_000),
    );
    assertEquals([given, ledger.packets.received], [200_000, 200_000]);
    assertEquals(brokenIdentities(ledger), []);
    assert(levels <= 2048 && peaks.openEvents <= 1024);
    assertLess(lines.length, 100);
  });
}

/** A good camera, and before each of its packets so many bad ones that cannot pass for good. */
function* besideGood(dice: Dice, readouts: number, bad: number): Generator<Datagram> {
  /** Copies of the last packets: what is yielded is used again for the next. */
  const last: Datagram[] = [];
  for (const packet of goodPackets({ readouts })) {
    for (let left = bad; left > 0; left--) {
      const known = FIRST_MODULE + dice.below(32);
      switch (dice.below(4)) {
        case 0: // a flood from nowhere, of good packets
          yield { ipv4: 0x7f000001 + 50 + dice.below(40), bytes: packet.bytes };
          break;
        case 1: // a module's address, but no whole readouts
          yield {
            ipv4: known,
            bytes: dice.some(READOUT_BYTES * dice.below(4) + 1 + dice.below(143)),
          };
          break;
        case 2: // a module's address, and times that are none
          yield { ipv4: known, bytes: dice.some(READOUT_BYTES) };
          break;
        default: // what a module has sent already, again
          if (last.length > 0) yield dice.pick(last);
      }
    }
    yield packet;
    last.push({ ipv4: packet.ipv4, bytes: packet.bytes.slice() });
    if (last.length > 32) last.shift();
  }
}

Deno.test("no good event is lost beside 100 000 bad datagrams", async () => {
  const readouts = 1000;
  const { ledger, heard, lines } = await acquire(besideGood(new Dice(SEED), readouts, 32));
  assertLess(100_000, ledger.packets.received);
  assertEquals(brokenIdentities(ledger), []);
  // The first datagram is a stray: the camera is believed when most modules have spoken.
  assertEquals(ledger.events.resets, 1);
  const flags = Array.from(
    { length: readouts },
    (_, index) => heard.get(FIRST_TACK_NS + BigInt(index) * 100_000_000n),
  );
  assertEquals(flags.filter((flag) => !((flag ?? 0) & EventFlag.complete)), []);
  assertLess(lines.length, 20);
});
