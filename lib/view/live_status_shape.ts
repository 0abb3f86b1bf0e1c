import { SLOTS } from "../camera.ts";
import { COUNTERS, type Ledger, ledgerIn, type LedgerSection } from "../ledger.ts";
import type { ReplayRange } from "../publisher/replay_buffer.ts";
import {
  count,
  integer,
  listOf,
  number,
  objectOf,
  oneOf,
  orNull,
  recordOf,
  type Shape,
  text,
  truth,
  u32,
} from "../shape.ts";
import type { LiveSlot, LiveStatus } from "./live_status.ts";

const SECTIONS = Object.keys(COUNTERS) as LedgerSection[];

/** The sections that are there, each with all its counters. */
const sections: Shape<Partial<Ledger>> = (value, place) => {
  const told = recordOf((section) => section)(value, place);
  return ledgerIn(told, SECTIONS.filter((section) => Object.hasOwn(told, section)));
};

/** Which start of a daemon numbers a run, in JSON; earlier versions do not say. */
export const EPOCH: Shape<number> = (value = 0, place) => u32(value, place);

/** What can be asked for again, in JSON. */
export const REPLAY_RANGE: Shape<ReplayRange> = objectOf<ReplayRange>({
  run: integer,
  epoch: EPOCH,
  from: integer,
  to: integer,
});

/** What a live view is told once a second, in JSON. */
export const LIVE_STATUS: Shape<LiveStatus> = objectOf<LiveStatus>({
  source: oneOf("daemon", "listener"),
  origin: text,
  run: integer,
  paused: truth,
  eventsPerSecond: number,
  ledger: sections,
  slots: listOf(
    objectOf<LiveSlot>({
      slot: count,
      perSecond: number,
      missing: count,
      late: orNull(count),
      duplicate: orNull(count),
    }),
    SLOTS,
  ),
  replay: listOf(REPLAY_RANGE),
  badPixels: listOf(count),
});
