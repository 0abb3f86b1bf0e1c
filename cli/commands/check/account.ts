import { itemAt } from "../../../lib/item_at.ts";
import { SLOTS } from "../../../lib/wire/camera.ts";
import { brokenIdentities, type DaemonLedger, type Ledger } from "../../../lib/ledger/ledger.ts";
import type { Problems } from "./problems.ts";
import { type Fate, FATES, type SentReadouts } from "./sent_readouts.ts";
import type { StoredEvents } from "./stored_events.ts";

/** What a daemon says of itself: its status, or its summary. */
export interface DaemonAccount {
  ledger: DaemonLedger;
  /** Its account by slot, where it is told. */
  slots: readonly SlotAccount[];
}

/** A daemon's account of one slot. */
export interface SlotAccount {
  slot: number;
  decoded: number;
  placed: number;
  late: number;
  duplicate: number;
}

/** Where all readouts are. */
export interface Account {
  /** Readouts that the simulator made. */
  made: number;
  /** Of these, by what became of them. */
  fates: Record<Fate, number>;
  /** Events in the files. */
  events: number;
  /** Events that the daemon built and that are in no file; null without its account. */
  eventsNotStored: number | null;
  /**
   * Of the `missing` readouts and second copies: how many of them each counter names, never more than
   * it can explain.
   */
  named: {
    "readouts.late": number;
    "readouts.duplicate": number;
    /** In packets that the kernel dropped. */
    "packets.kernelDropped": number;
    /** In packets that were left in the kernel's buffer when the daemon stopped. */
    "packets.unread": number;
    /** In events that the daemon built and that are in no file. */
    "events not stored": number;
  } | null;
  /** Of the events not stored: how many of them each counter names. */
  eventsNamed: {
    /** Missing among the numbers of events that are stored, for whatever reason. */
    "recorder.missed": number;
    "recorder.unstored": number;
    /** Beyond the last that is stored: never published, as paused or unsent. */
    "events.paused or unsent": number;
  } | null;
}

/**
 * Closes the account: whatever was sent is stored, or named by a counter. What is not becomes a
 * problem.
 *
 * @param daemon its account; without it, nothing may be missing
 * @param recorder the counters of the recorders that wrote the files
 */
export function closeAccount(
  sent: SentReadouts,
  stored: StoredEvents,
  daemon: DaemonAccount | undefined,
  recorder: { missed: number; unstored: number },
  problems: Problems,
): Account {
  const bySlot = sent.fates();
  const fates = Object.fromEntries(FATES.map((fate) => [
    fate,
    bySlot.reduce((total, slot) => total + slot[fate], 0),
  ])) as Record<Fate, number>;
  const account: Account = {
    made: sent.made,
    fates,
    events: stored.events,
    eventsNotStored: null,
    named: null,
    eventsNamed: null,
  };
  if (daemon === undefined) {
    if (fates.missing > 0) {
      problems.add(
        `${fates.missing} readouts were sent and are in no file; give the daemon's --status to see ` +
          "which counter names them",
        fates.missing,
      );
    }
    return account;
  }
  const { readouts, packets, events } = daemon.ledger;
  for (const identity of brokenIdentities(daemon.ledger as Partial<Ledger>)) {
    problems.add(`the daemon's account does not close: ${identity}`);
  }
  checkPackets(sent, daemon.ledger, problems);
  const decodable = sum(sent.sent.map((slot) => slot.decodable));
  const eventsNotStored = Math.max(events.built - stored.events, 0);
  account.eventsNotStored = eventsNotStored;
  const unpublished = events.paused + events.unsent;
  account.eventsNamed = share(eventsNotStored, {
    "recorder.missed": recorder.missed,
    "recorder.unstored": recorder.unstored,
    "events.paused or unsent": unpublished,
  }).named;
  const notDecoded = decodable - readouts.decoded;
  const notStored = readouts.placed - sum(stored.readouts);
  const undecoded = share(notDecoded, {
    "packets.kernelDropped": packets.kernelDropped * sent.readoutsPerPacket,
    "packets.unread": packets.unread * sent.readoutsPerPacket,
  });
  const unwritten = share(notStored, { "events not stored": eventsNotStored * SLOTS });
  account.named = {
    "readouts.late": readouts.late,
    "readouts.duplicate": readouts.duplicate,
    ...undecoded.named,
    ...unwritten.named,
  };
  if (undecoded.rest > 0) {
    problems.add(
      `${undecoded.rest} readouts were sent and not decoded, and no counter names them`,
      undecoded.rest,
    );
  } else if (notDecoded < 0) {
    problems.add(`${-notDecoded} readouts more were decoded than sent`, -notDecoded);
  }
  if (unwritten.rest > 0) {
    problems.add(
      `${unwritten.rest} readouts were placed and are in no file, though of ${events.built} events ` +
        `${stored.events} are stored`,
      unwritten.rest,
    );
  } else if (notStored < 0) {
    problems.add(`${-notStored} readouts more are in the files than the daemon placed`, -notStored);
  }
  checkEvents(events.built - stored.events, unpublished, recorder, problems);
  const isExact = packets.kernelDropped + packets.unread === 0 && events.built === stored.events;
  for (const slot of isExact ? daemon.slots : []) checkSlot(slot, sent, stored, problems);
  return account;
}

function checkPackets(sent: SentReadouts, ledger: DaemonLedger, problems: Problems): void {
  const { packets, malformed } = ledger;
  const datagrams = sum(sent.sent.map((slot) => slot.datagrams));
  const lost = packets.kernelDropped + packets.unread;
  const arrived = packets.received + lost;
  if (datagrams !== arrived) {
    problems.add(
      `${datagrams} datagrams were sent, but ${packets.received} received, ` +
        `${packets.kernelDropped} dropped by the kernel and ${packets.unread} left unread`,
      Math.abs(datagrams - arrived),
    );
  }
  for (const [reason, count] of Object.entries(malformed)) {
    const made = sent.malformed[reason as keyof typeof malformed] ?? 0;
    if (count > made || lost === 0 && count < made) {
      problems.add(`${made} packets sent are ${reason}, but malformed.${reason} is ${count}`);
    }
  }
}

/**
 * An event that is not stored is a gap, which the recorder counts as missed, or could not be written.
 * Only of those after its last one the recorder knows nothing: they must be ones that the daemon did
 * not publish.
 */
function checkEvents(
  notStored: number,
  unpublished: number,
  { missed, unstored }: { missed: number; unstored: number },
  problems: Problems,
): void {
  if (notStored < 0) problems.add(`${-notStored} events are stored more than the daemon built`);
  const unnamed = notStored - missed - unstored - unpublished;
  if (unnamed <= 0) return;
  problems.add(
    `${notStored} events are in no file, but the recorder counted ${missed} as missed and ` +
      `${unstored} as unstored, and the daemon ${unpublished} as paused or unsent; did the ` +
      "recorder start late without --fill-gaps, or end early?",
    unnamed,
  );
}

/** Shares a number out to causes, to each no more than it can explain; the rest is nobody's. */
function share<Cause extends string>(
  count: number,
  most: Readonly<Record<Cause, number>>,
): { named: Record<Cause, number>; rest: number } {
  let rest = Math.max(count, 0);
  const named: Record<Cause, number> = { ...most };
  for (const cause of Object.keys(most) as Cause[]) {
    named[cause] = Math.min(rest, most[cause]);
    rest -= named[cause];
  }
  return { named, rest };
}

function checkSlot(
  { slot, decoded, placed, late, duplicate }: SlotAccount,
  sent: SentReadouts,
  stored: StoredEvents,
  problems: Problems,
): void {
  const { decodable } = itemAt(sent.sent, slot);
  if (decoded !== decodable) {
    problems.add(`slot ${slot}: ${decodable} readouts were sent, but ${decoded} decoded`);
  }
  if (placed !== stored.readouts[slot]) {
    problems.add(`slot ${slot}: ${placed} readouts were placed, ${stored.readouts[slot]} stored`);
  }
  if (decoded !== placed + late + duplicate) {
    problems.add(`slot ${slot}: decoded ${decoded}, but placed + late + duplicate is not that`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
