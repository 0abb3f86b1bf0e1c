import type { BuilderOptions } from "../../../lib/builder/builder.ts";
import { EventFlag } from "../../../lib/wire/event.ts";
import { Random } from "../../../sim/random.ts";
import { assert, assertEquals } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { CameraFeed, START_NS } from "./camera_feed.ts";

const MS = 1_000_000n;
const PERIOD_MS = 100;

/** What befalls a camera between its modules and the builder. */
export interface Mishaps {
  seed: number;
  /** How many modules there are: slots 0 to this. */
  modules: number;
  readoutsPerPacket: number;
  /** Readouts of each module, 100 ms apart. */
  readouts: number;
  /** Part of the packets that are lost, and that come twice. */
  loss: number;
  copies: number;
  /** Each packet is late by up to this. */
  maxDelayMs: number;
  /** Modules send their packets at times spread over this. */
  phasesMs: number;
  /** TACK that modules go on from after a reset; none when it is undefined. */
  resetNs?: bigint;
  /** Index of the first readout after it. */
  resetAt: number;
  /** Modules reset up to so many readouts apart. */
  resetSpread: number;
  /** TACK of this slot is ahead by so much. */
  stray?: { slot: number; aheadMs: number };
  /** Somebody sends single readouts as this slot, so much ahead, at this step. */
  spoof?: { slot: number; aheadMs: number; stepMs: number };
}

interface Sent {
  slot: number;
  arrivalMs: number;
  /** TACK of its readouts. */
  tacks: bigint[];
  isForged: boolean;
}

/** The packets of a camera in the order in which they arrive. */
export function packetsOf(mishaps: Mishaps): Sent[] {
  const { modules, readoutsPerPacket, readouts, loss, copies, stray, spoof } = mishaps;
  const chance = chances(mishaps.seed);
  const packets: Sent[] = [];
  for (let slot = 0; slot < modules; slot++) {
    const resetAt = mishaps.resetAt + Math.floor(chance() * (mishaps.resetSpread + 1));
    const phaseMs = chance() * mishaps.phasesMs;
    const aheadMs = stray?.slot === slot ? stray.aheadMs : 0;
    for (let from = 0; from < readouts; from += readoutsPerPacket) {
      const indexes = Array.from(
        { length: Math.min(readoutsPerPacket, readouts - from) },
        (_, i) => from + i,
      );
      const tacks = indexes.map((index) => {
        const isReset = mishaps.resetNs !== undefined && index >= resetAt;
        const startNs = isReset ? mishaps.resetNs ?? 0n : START_NS;
        return BigInt.asUintN(64, startNs + BigInt(index * PERIOD_MS + aheadMs) * MS);
      });
      for (const isSent of [chance() >= loss, chance() < copies]) {
        const arrivalMs = (from + indexes.length) * PERIOD_MS + phaseMs +
          Math.floor(chance() * (mishaps.maxDelayMs + 1));
        if (isSent) packets.push({ slot, arrivalMs, tacks, isForged: false });
      }
    }
  }
  for (let ms = 0; spoof !== undefined && ms < readouts * PERIOD_MS; ms += spoof.stepMs) {
    const tacks = [START_NS + BigInt(ms + spoof.aheadMs) * MS];
    packets.push({ slot: spoof.slot, arrivalMs: ms, tacks, isForged: true });
  }
  return packets.sort((a, b) => a.arrivalMs - b.arrivalMs);
}

/** A whole camera without a mishap, ten readouts a packet. */
export const NO_MISHAPS: Omit<Mishaps, "readouts"> = {
  ...{ seed: 1, modules: 32, readoutsPerPacket: 10 },
  ...{ loss: 0, copies: 0, maxDelayMs: 0, phasesMs: 0, resetAt: 0, resetSpread: 0 },
};

/** Numbers of 0 up to 1, always the same of a seed. */
function chances(seed: number): () => number {
  const numbers = new Float64Array(4096);
  const random = new Random(seed, 0);
  let at = numbers.length;
  return () => {
    if (at === numbers.length) {
      random.fill(numbers, 0, 1);
      at = 0;
    }
    return nth(numbers, at++);
  };
}

/** Feeds packets at their times, and then lets time pass: so much that nothing is open. */
export function feedPackets(
  packets: readonly Sent[],
  options: BuilderOptions = {},
  thenMs = 20_000,
): CameraFeed {
  const feed = new CameraFeed(options);
  const startMs = feed.nowMs;
  for (const { slot, arrivalMs, tacks } of packets) {
    feed.pass(startMs + arrivalMs - feed.nowMs);
    feed.packet(slot, tacks);
  }
  feed.pass(thenMs);
  return feed;
}

/**
 * Asserts that what a perfect observer places is placed: of the slots looked at, every readout that
 * arrived is in one event, with those of the same TACK time, and nothing else is.
 */
export function assertPlaced(feed: CameraFeed, packets: readonly Sent[], slots: number[]): void {
  const arrived = new Map<bigint, number>();
  let sent = 0;
  for (const { slot, tacks } of packets) {
    if (!slots.includes(slot)) continue;
    sent += tacks.length;
    for (const tack of tacks) arrived.set(tack, (arrived.get(tack) ?? 0) | (1 << slot));
  }
  const built = new Map<bigint, number>();
  for (const event of feed.events) {
    const inside = slots.filter((slot) => (event.mask >>> slot) & 1);
    const [one] = inside;
    if (one === undefined) continue;
    const tack = event.tPrim(one);
    assert(inside.every((slot) => event.tPrim(slot) === tack), "an event of two moments");
    assert(!built.has(tack), `two events of TACK ${tack - START_NS}`);
    built.set(tack, inside.reduce((mask, slot) => mask | (1 << slot), 0));
  }
  for (const [tack, mask] of arrived) {
    assertEquals((built.get(tack) ?? 0) >>> 0, mask >>> 0, `mask at TACK ${tack - START_NS}`);
  }
  assertEquals(built.size, arrived.size);
  const { placed, late, duplicate } = feed.builder.slots;
  const total = (counts: Float64Array) => slots.reduce((sum, slot) => sum + nth(counts, slot), 0);
  assertEquals(total(placed) + total(late) + total(duplicate), sent);
}

/** Asserts that events come in order: those before the reset, then, flagged, those after it. */
export function assertInOrder(feed: CameraFeed, resets: number): void {
  const { events, ledger } = feed;
  assertEquals(events.map(({ number }) => number), events.map((_, index) => BigInt(index + 1)));
  assertEquals(events.filter(({ flags }) => flags & EventFlag.reset).length, resets);
  assertEquals(ledger.events.resets, resets);
  events.forEach(({ timestampNs, flags }, index) => {
    if (index === 0 || flags & EventFlag.reset) return;
    assert(timestampNs > nth(events, index - 1).timestampNs, `event ${index + 1} is out of order`);
  });
}
