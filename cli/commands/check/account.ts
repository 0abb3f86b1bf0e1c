import { itemAt } from "../../../lib/item_at.ts";
import { brokenIdentities, type DaemonLedger, type Ledger } from "../../../lib/ledger/ledger.ts";
import { SLOTS } from "../../../lib/wire/camera.ts";
import type { Problems } from "./problems.ts";
import type { Fate, SentReadouts } from "./sent_readouts.ts";
import type { StoredEvents } from "./stored_events.ts";

/** The account in a daemon's status or summary. */
export interface DaemonAccount {
  ledger: DaemonLedger;
  /** Its account by slot; empty when it has none. */
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

/** The account of all readouts. */
export interface Account {
  /** Readouts that the simulator made. */
  made: number;
  /** The same readouts by their fate. */
  fates: Record<Fate, number>;
  /** Events in the files. */
  events: number;
  /** Events that the daemon built and that no file has; null without the daemon's account. */
  eventsNotStored: number | null;
  /**
   * How many of the `missing` readouts and second copies each counter explains. The number is never
   * larger than the counter allows.
   */
  named: {
    "readouts.late": number;
    "readouts.duplicate": number;
    /** In packets that the kernel dropped. */
    "packets.kernelDropped": number;
    /** In packets that the daemon had not read when it stopped. */
    "packets.unread": number;
    /** In events that the daemon built and that no file has. */
    "events not stored": number;
  } | null;
  /** How many of the events that are not stored each counter explains. */
  eventsNamed: {
    /** Gaps in the numbers of the stored events, for any reason. */
    "recorder.missed": number;
    "recorder.unstored": number;
    /** After the last stored event: never published, because of a pause or as unsent. */
    "events.paused or unsent": number;
  } | null;
}

/**
 * Closes the account: every readout that was sent must be stored, or a counter must explain it.
 * Every other readout is a problem.
 *
 * @param daemon its account; without it, no readout may be missing
 * @param recorder the counters of the recorders that wrote the files
 */
export function closeAccount(
  sent: SentReadouts,
  stored: StoredEvents,
  daemon: DaemonAccount | undefined,
  recorder: { missed: number; unstored: number },
  problems: Problems,
): Account {
  const fates = { ...sent.fates };
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
        `${fates.missing} readouts were sent, but no file has them; give the daemon's --status to ` +
          "see which counter explains them",
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
      `${undecoded.rest} readouts were sent but not decoded, and no counter explains them`,
      undecoded.rest,
    );
  } else if (notDecoded < 0) {
    problems.add(`${-notDecoded} more readouts were decoded than sent`, -notDecoded);
  }
  if (unwritten.rest > 0) {
    problems.add(
      `${unwritten.rest} readouts were placed but no file has them; ${stored.events} of ` +
        `${events.built} events are stored`,
      unwritten.rest,
    );
  } else if (notStored < 0) {
    problems.add(`the files have ${-notStored} more readouts than the daemon placed`, -notStored);
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
      `${datagrams} datagrams were sent; received: ${packets.received}, ` +
        `dropped by the kernel: ${packets.kernelDropped}, not read: ${packets.unread}`,
      Math.abs(datagrams - arrived),
    );
  }
  for (const [reason, count] of Object.entries(malformed)) {
    const made = sent.malformed[reason as keyof typeof malformed] ?? 0;
    if (count > made || lost === 0 && count < made) {
      problems.add(`${made} sent packets are ${reason}, but malformed.${reason} is ${count}`);
    }
  }
}

/**
 * The recorder counts each event that it did not store, as missed or as unstored. It does not know
 * the events after its last one. Of these, the daemon must have counted each as paused or unsent.
 */
function checkEvents(
  notStored: number,
  unpublished: number,
  { missed, unstored }: { missed: number; unstored: number },
  problems: Problems,
): void {
  if (notStored < 0) problems.add(`${-notStored} more events are stored than the daemon built`);
  const unnamed = notStored - missed - unstored - unpublished;
  if (unnamed <= 0) return;
  problems.add(
    `${notStored} events are in no file, but the recorder counted ${missed} as missed and ` +
      `${unstored} as unstored, and the daemon ${unpublished} as paused or unsent; did the ` +
      "recorder start late without --fill-gaps, or end early?",
    unnamed,
  );
}

/** Divides a number among causes. Each cause gets at most what it can explain; `rest` remains. */
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
    problems.add(`slot ${slot}: decoded is ${decoded}, but placed + late + duplicate differs`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
