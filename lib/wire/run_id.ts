import { itemAt } from "../item_at.ts";

/**
 * Identifies a run. A run number alone may occur twice: the user may give it, or the clock may have
 * been set back. The epoch tells the two apart.
 */
export interface RunId {
  /** Run number; 0 if the messages have none. */
  run: bigint;
  /**
   * Identifies the start of the daemon that numbers the events, see `CameraEvent.epoch`; 0 if
   * unknown.
   */
  epoch: number;
}

/** An event by its run and its number. */
export interface EventId extends RunId {
  /** From 1. */
  number: bigint;
}

/** The last event of a run. */
export type LastEvent = EventId;

/** Event numbers of a run, first and last included. */
export interface NumberRange extends RunId {
  from: bigint;
  to: bigint;
}

/** The largest epoch. */
export const MAX_EPOCH = 2 ** 32 - 1;

/** A key that is equal for two runs if and only if they are the same. */
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
