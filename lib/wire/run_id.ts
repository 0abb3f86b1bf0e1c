import { itemAt } from "../item_at.ts";

/**
 * Which run an event belongs to. A run number alone may come twice: given by its user, or taken from a
 * clock that was set back. The epoch tells the two apart.
 */
export interface RunId {
  /** Run number; 0 where messages have none. */
  run: bigint;
  /** Which start of a daemon numbers its events, see `CameraEvent.epoch`; 0 where that is unknown. */
  epoch: number;
}

/** An event by its run and its number in it. */
export interface EventId extends RunId {
  /** From 1. */
  number: bigint;
}

/** The last event that there is of a run. */
export type LastEvent = EventId;

/** Event numbers of a run, both ends included. */
export interface NumberRange extends RunId {
  from: bigint;
  to: bigint;
}

/** The largest epoch. */
export const MAX_EPOCH = 2 ** 32 - 1;

/** Equal for two runs when, and only when, they are the same. */
export function runKey({ run, epoch }: RunId): bigint {
  return run << 32n | BigInt(epoch);
}

/** A random epoch, 1 to 2^32 - 1. */
export function newEpoch(): number {
  for (;;) {
    const epoch = itemAt(crypto.getRandomValues(new Uint32Array(1)), 0);
    if (epoch !== 0) return epoch;
  }
}
