import { type NotSent, SentReadouts } from "../../../../cli/commands/check/sent_readouts.ts";
import { encodePacket, type ModuleReadout } from "../../../../lib/wire/packet.ts";
import { assertEquals } from "../../../assert.ts";
import { flipBits, nth } from "../../../elements.ts";

const SLOT = 3;

/** Readout number `n`: all of it follows from the number. */
function readout(n: number): ModuleReadout {
  return {
    tPrim: 1_542_000_000_000_000_000n + BigInt(n),
    tAux: 7n + BigInt(n),
    words: Uint16Array.from({ length: 64 }, (_, line) => 0x8000 + n + line),
  };
}

/** A packet of readouts `first` and the one after. */
function packet(first: number): Uint8Array {
  return encodePacket([readout(first), readout(first + 1)]);
}

/** The packet with a byte of one readout's first word changed. */
function altered(first: number, index: number): Uint8Array {
  const bytes = packet(first).slice();
  flipBits(bytes, 144 * index + 9, 0x10);
  return bytes;
}

/** A row's times and voltages that have one readout, in {@linkcode SLOT}. */
function row({ tPrim, tAux, words }: ModuleReadout): [number, BigUint64Array, Float32Array] {
  const timesNs = new BigUint64Array(64);
  timesNs.set([tPrim, tAux], 2 * SLOT);
  const millivolts = new Float32Array(2048).fill(NaN);
  millivolts.set(Array.from(words, (word) => (word ^ 0x8000) * 0.03815 * 2), 64 * SLOT);
  return [SLOT, timesNs, millivolts];
}

function sentOnce(...datagrams: Uint8Array[]): SentReadouts {
  const sent = new SentReadouts("big");
  sent.add({ slot: SLOT, made: packet(0), datagrams });
  return sent;
}

/** The fates of the slot that are not 0. */
function fatesOf(sent: SentReadouts): Record<string, number> {
  const fates = Object.entries(nth(sent.fates(), SLOT));
  return Object.fromEntries(fates.filter(([, number]) => number > 0));
}

Deno.test("SentReadouts finds each readout that was sent once, exactly as it was", () => {
  const sent = sentOnce(packet(0));
  assertEquals(fatesOf(sent), { missing: 2 });
  assertEquals(sent.find(...row(readout(1))), "stored");
  assertEquals(fatesOf(sent), { stored: 1, missing: 1 });
  assertEquals(sent.find(...row(readout(1))), "twice");
  assertEquals(sent.find(...row({ ...readout(0), tAux: 8n })), "unknown");
  assertEquals(sent.find(...row({ ...readout(0), words: readout(1).words })), "different");
  assertEquals(fatesOf(sent), { stored: 1, missing: 1 });
});

Deno.test("SentReadouts takes a second copy for the same readout", () => {
  const sent = sentOnce(packet(0), packet(0));
  assertEquals(sent.sent[SLOT], { decodable: 4, datagrams: 2 });
  assertEquals(sent.find(...row(readout(0))), "stored");
  assertEquals(sent.find(...row(readout(0))), "twice");
  assertEquals(fatesOf(sent), { stored: 1, missing: 1 });
});

Deno.test("SentReadouts finds what was changed on its way as it was received", () => {
  const sent = sentOnce(altered(0, 1));
  const changed = readout(1);
  flipBits(changed.words, 0, 0x10);
  assertEquals(sent.find(...row(readout(1))), "different");
  assertEquals(sent.find(...row(changed)), "stored");
  assertEquals(sent.find(...row(readout(0))), "stored");
  assertEquals(fatesOf(sent), { stored: 1, altered: 1 });
});

Deno.test("SentReadouts counts a readout as stored when one of its copies was changed", () => {
  const sent = sentOnce(altered(0, 0), packet(0));
  assertEquals(sent.find(...row(readout(0))), "stored");
  assertEquals(fatesOf(sent), { stored: 1, missing: 1 });
});

Deno.test("SentReadouts names what never was sent, was refused or cut off", () => {
  const bytes = packet(0);
  assertEquals(fatesOf(sentOnce(bytes.subarray(0, 144))), { missing: 1, cut: 1 });
  const fractional = sentOnce(bytes.subarray(0, 143));
  assertEquals(fatesOf(fractional), { malformed: 2 });
  assertEquals(fractional.malformed, { fractional: 1 });
  assertEquals(sentOnce(bytes.subarray(0, 0)).malformed, { empty: 1 });
  assertEquals(fatesOf(sentOnce(bytes.subarray(0, 143), bytes)), { missing: 2 });
  for (const cause of ["lost", "killed", "paused", "sendError"] satisfies NotSent[]) {
    const sent = new SentReadouts("big");
    sent.add({ slot: SLOT, made: bytes, cause, datagrams: [] });
    assertEquals(fatesOf(sent), { [cause]: 2 });
    assertEquals(sent.find(...row(readout(0))), "unknown");
  }
});
