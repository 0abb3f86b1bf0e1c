import type { NotSent, SentPacket } from "../../../../cli/commands/check/sent_readouts.ts";
import { CameraEvent } from "../../../../lib/wire/event.ts";
import { encodePacket, type ModuleReadout } from "../../../../lib/wire/packet.ts";
import { highU32, lowU32 } from "../../../../lib/wire/tack.ts";
import { assertEquals } from "../../../assert.ts";
import { flipBits } from "../../../elements.ts";
import { compared } from "./compared.ts";

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

/** An event with one readout, in {@linkcode SLOT}. */
function eventOf({ tPrim, tAux, words }: ModuleReadout): CameraEvent {
  const event = new CameraEvent();
  event.mask = 1 << SLOT;
  event.timestampNs = tPrim;
  event.setTimes(SLOT, highU32(tPrim), lowU32(tPrim), highU32(tAux), lowU32(tAux));
  event.module(SLOT).set(Array.from(words, (word) => (word ^ 0x8000) * 0.03815 * 2));
  return event;
}

/** What is found of a packet, and of readouts in files: fates that are not 0, and problems. */
async function found(packet: SentPacket, ...readouts: ModuleReadout[]) {
  const events = readouts.map((readout, index) => {
    const event = eventOf(readout);
    event.number = BigInt(index + 1);
    return event;
  });
  const { sent, stored, problems } = await compared({ packets: [packet], events });
  return {
    fates: Object.fromEntries(Object.entries(sent.fates).filter(([, number]) => number > 0)),
    stored: stored.readouts[SLOT],
    problems: problems.texts.map((text) => text.replace(/the readout .* ns /, "")),
    sent,
  };
}

/** The same of datagrams that were sent of one packet. */
async function foundOf(datagrams: readonly Uint8Array[], ...readouts: ModuleReadout[]) {
  const { sent: _, ...rest } = await found({ slot: SLOT, made: packet(0), datagrams }, ...readouts);
  return rest;
}

Deno.test("check finds each readout that was sent once, exactly as it was", async () => {
  assertEquals(await foundOf([packet(0)]), { fates: { missing: 2 }, stored: 0, problems: [] });
  const others = [{ ...readout(0), tAux: 8n }, { ...readout(0), words: readout(1).words }];
  assertEquals(await foundOf([packet(0)], readout(1), readout(1), ...others), {
    fates: { stored: 1, missing: 1 },
    stored: 1,
    problems: [
      "row 1: is stored twice",
      "row 2: was never sent",
      "row 3: was sent with other voltages",
    ],
  });
});

Deno.test("check takes a second copy for the same readout", async () => {
  const datagrams = [packet(0), packet(0)];
  assertEquals(await foundOf(datagrams, readout(0), readout(0)), {
    fates: { stored: 1, missing: 1 },
    stored: 1,
    problems: ["row 1: is stored twice"],
  });
  const { sent } = await found({ slot: SLOT, made: packet(0), datagrams });
  assertEquals(sent.sent[SLOT], { decodable: 4, datagrams: 2 });
});

Deno.test("check finds what was changed on its way as it was received", async () => {
  const changed = readout(1);
  flipBits(changed.words, 0, 0x10);
  assertEquals(await foundOf([altered(0, 1)], readout(1), changed, readout(0)), {
    fates: { stored: 1, altered: 1 },
    stored: 2,
    problems: ["row 0: was sent with other voltages"],
  });
});

Deno.test("check counts a readout as stored when one of its copies was changed", async () => {
  const changed = readout(0);
  flipBits(changed.words, 0, 0x10);
  const datagrams = [altered(0, 0), packet(0)];
  const whole = { fates: { stored: 1, missing: 1 }, problems: [] };
  assertEquals(await foundOf(datagrams, readout(0)), { ...whole, stored: 1 });
  assertEquals(await foundOf(datagrams, readout(0), changed), { ...whole, stored: 2 });
  assertEquals(await foundOf(datagrams, changed, readout(0)), { ...whole, stored: 2 });
  const fates = { altered: 1, missing: 1 };
  assertEquals(await foundOf(datagrams, changed), { fates, stored: 1, problems: [] });
});

Deno.test("check names what never was sent, was refused or cut off", async () => {
  const bytes = packet(0);
  const fatesOf = async (...datagrams: Uint8Array[]) => (await foundOf(datagrams)).fates;
  assertEquals(await fatesOf(bytes.subarray(0, 144)), { missing: 1, cut: 1 });
  assertEquals(await fatesOf(bytes.subarray(0, 143)), { malformed: 2 });
  assertEquals(await fatesOf(bytes.subarray(0, 143), bytes.subarray(0, 144)), {
    malformed: 1,
    missing: 1,
  });
  assertEquals(await fatesOf(bytes.subarray(0, 143), bytes), { missing: 2 });
  for (const [length, reason] of [[143, "fractional"], [0, "empty"]] as const) {
    const datagrams = [bytes.subarray(0, length)];
    const { sent } = await found({ slot: SLOT, made: bytes, datagrams });
    assertEquals(sent.malformed, { [reason]: 1 });
  }
  for (const cause of ["lost", "killed", "paused", "sendError"] satisfies NotSent[]) {
    const none = await found({ slot: SLOT, made: bytes, cause, datagrams: [] }, readout(0));
    assertEquals(none.fates, { [cause]: 2 });
    assertEquals(none.problems, ["row 0: was never sent"]);
  }
});
