import { COUNTERS, type Ledger, ledgerIn, type LedgerSection } from "../../ledger/ledger.ts";
import { EPOCH, REPLAY_RANGE } from "../../replay/replay_range_shape.ts";
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
} from "../../text/shape.ts";
import { SLOTS } from "../../wire/camera.ts";
import type { LiveSlot, LiveStatus } from "./live_status.ts";

const SECTIONS = Object.keys(COUNTERS) as LedgerSection[];

/** The sections that are present, each with all its counters. */
const sections: Shape<Partial<Ledger>> = (value, place) => {
  const told = recordOf((section) => section)(value, place);
  return ledgerIn(told, SECTIONS.filter((section) => Object.hasOwn(told, section)));
};

/** The status that a live view sends once a second, in JSON. */
export const LIVE_STATUS: Shape<LiveStatus> = objectOf<LiveStatus>({
  source: oneOf("daemon", "listener"),
  origin: text,
  run: integer,
  epoch: EPOCH,
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
