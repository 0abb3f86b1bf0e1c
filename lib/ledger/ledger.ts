/**
 * The ledger: it accounts for everything that came in, and says where it went.
 *
 * Each counter is defined here in words, once. Summaries, status and the page `docs/counters.md`
 * use these definitions. {@linkcode IDENTITIES} hold exactly at any quiet moment: when no queue and
 * no open event holds anything.
 *
 * @module
 */

import type { EventRefusal } from "../wire/event.ts";
import { PACKET_REFUSALS, type PacketRefusal } from "../wire/packet.ts";

/** The definitions. Every reason to refuse must have one. */
interface Definitions extends Record<string, Record<string, string>> {
  malformed: Record<PacketRefusal, string>;
  refused: Record<EventRefusal | "number", string>;
}

/** What every counter counts, by section. */
export const COUNTERS = {
  packets: {
    received: "datagrams taken from the socket, good or bad",
    accepted: "packets from a known module, with whole readouts",
    malformed: "packets refused because they are not well formed: the sum of the section malformed",
    unknownSource: "packets from an address that does not belong to a module",
    kernelDropped:
      "datagrams the kernel dropped because its buffer was full; raise net.core.rmem_max",
    unread: "datagrams that arrived before the daemon stopped but were not taken, as far as known",
  },
  malformed: {
    empty: "packets without any bytes",
    oversize: "packets longer than 9000 bytes",
    fractional: "packets that are not a whole number of 144-byte readouts",
    byteOrder: "packets whose times are plausible only in the other byte order",
  },
  readouts: {
    decoded: "readouts in accepted packets",
    placed: "readouts that are in an event",
    late: "readouts for an event already emitted, or far from the camera's TACK and not confirmed",
    duplicate: "second readouts of a slot for one event; the first one is kept",
  },
  events: {
    built: "events that left the builder",
    complete: "built events with every expected slot",
    partial: "built events without some expected slot",
    evicted: "partial events closed early because the builder was full",
    resets: "number of TACK resets, not of events",
    published: "events handed to ZeroMQ for all subscribers",
    paused: "events not published because publishing was paused",
    unsent: "events not published because the send queue was full",
    undelivered: "published events that ZeroMQ dropped for a subscriber that was too slow",
  },
  recorder: {
    heard: "event messages received, without refused ones",
    filled: "events not received at first, but fetched from the daemon's replay buffer",
    stored: "events written to a file",
    duplicate: "events received again, not stored a second time",
    unstored: "events that are in no file because writing failed or was stopped",
    missed: "event numbers never received, and not in the replay buffer: the remaining gaps",
    runs: "number of different runs received, not of events",
  },
  refused: {
    size: "messages with a length that no known event message has",
    magic: "messages with the length of an ssdaq message, but without the mark SSD1",
    number:
      "events with a number ahead of the run that no later event confirmed, or over 1e9 ahead",
  },
} as const satisfies Definitions;

/** A part of the ledger: the counters of one stage. */
export type LedgerSection = keyof typeof COUNTERS;

/** Counts by section and name. */
export type Ledger<Section extends LedgerSection = LedgerSection> = {
  [S in Section]: Record<keyof typeof COUNTERS[S], number>;
};

/** The sections that a daemon counts. */
export type DaemonLedger = Ledger<"packets" | "malformed" | "readouts" | "events">;

/** The sections that a recorder or listener counts. */
export type RecorderLedger = Ledger<"recorder" | "refused">;

/** One equation between counters. */
export interface Identity {
  /** The equation as text. */
  text: string;
  /** The sections that the equation uses. */
  sections: readonly LedgerSection[];
  /** Left side minus right side: 0 when it holds. */
  residue: (ledger: Ledger) => number;
}

const sum = <Name extends string>(section: Record<Name, number>, names: readonly Name[]) =>
  names.reduce((total, name) => total + section[name], 0);

/** The equations that hold at any quiet moment. */
export const IDENTITIES: readonly Identity[] = [
  {
    text: "packets: received = accepted + malformed + unknownSource",
    sections: ["packets"],
    residue: ({ packets: p }) => p.received - p.accepted - p.malformed - p.unknownSource,
  },
  {
    text: "packets: malformed = the sum of its reasons",
    sections: ["packets", "malformed"],
    residue: ({ packets, malformed }) => packets.malformed - sum(malformed, PACKET_REFUSALS),
  },
  {
    text: "readouts: decoded = placed + late + duplicate",
    sections: ["readouts"],
    residue: ({ readouts: r }) => r.decoded - r.placed - r.late - r.duplicate,
  },
  {
    text: "events: built = complete + partial",
    sections: ["events"],
    residue: ({ events: e }) => e.built - e.complete - e.partial,
  },
  {
    text: "events: published = built - paused - unsent",
    sections: ["events"],
    residue: ({ events: e }) => e.published - e.built + e.paused + e.unsent,
  },
  {
    text: "recorder: heard + filled = stored + duplicate + unstored",
    sections: ["recorder"],
    residue: ({ recorder: r }) => r.heard + r.filled - r.stored - r.duplicate - r.unstored,
  },
];

/** A ledger with these sections, all counters at 0. */
export function newLedger<S extends LedgerSection>(...sections: S[]): Ledger<S> {
  return Object.fromEntries(
    sections.map((section) => [
      section,
      Object.fromEntries(Object.keys(COUNTERS[section]).map((name) => [name, 0])),
    ]),
  ) as Ledger<S>;
}

/** The sections of a {@linkcode DaemonLedger}. */
export const DAEMON_SECTIONS = ["packets", "malformed", "readouts", "events"] as const;

/** A daemon's ledger, all counters at 0. */
export function newDaemonLedger(): DaemonLedger {
  return newLedger(...DAEMON_SECTIONS);
}

/** A recorder's ledger, all counters at 0. */
export function newRecorderLedger(): RecorderLedger {
  return newLedger("recorder", "refused");
}

/**
 * Reads the ledger from parsed JSON, such as a daemon's status. A counter that an older version
 * does not have is 0.
 *
 * @throws {Error} that names the missing section, or the counter that is not a count
 */
export function ledgerIn<S extends LedgerSection>(
  value: unknown,
  sections: readonly S[],
): Ledger<S> {
  const ledger = newLedger(...sections);
  for (const section of sections) {
    const counters: Record<string, number> = ledger[section];
    const told = memberOf(value, section);
    if (typeof told !== "object" || told === null || Array.isArray(told)) {
      throw new Error(`it has no section ${section}`);
    }
    for (const name of Object.keys(counters)) {
      const count = memberOf(told, name) ?? 0;
      if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0) {
        throw new Error(`its counter ${section}.${name} is not a count`);
      }
      counters[name] = count;
    }
  }
  return ledger;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/**
 * The equations that do not hold, in words; empty if the account is correct.
 *
 * @example
 * ```ts
 * import { brokenIdentities, newDaemonLedger } from "@ssdaq/ssdaq";
 * import { assertEquals } from "@std/assert";
 *
 * const ledger = newDaemonLedger();
 * ledger.packets.received = 1;
 * assertEquals(brokenIdentities(ledger), [
 *   "packets: received = accepted + malformed + unknownSource (off by 1)",
 * ]);
 * ```
 */
export function brokenIdentities(ledger: Partial<Ledger>): string[] {
  return IDENTITIES
    .filter(({ sections }) => sections.every((section) => ledger[section] !== undefined))
    .map(({ text, residue }) => ({ text, off: residue(ledger as Ledger) }))
    .filter(({ off }) => off !== 0)
    .map(({ text, off }) => `${text} (off by ${off})`);
}
