import type { OutgoingPacket } from "../send/packet_sender.ts";

/** A datagram with its time of sending. */
export interface WaitingDatagram extends OutgoingPacket {
  /** Index of the first readout of its packet. */
  firstReadout: number;
  /** Its index among the datagrams of that packet. */
  copy: number;
  /** When to send it, by the simulator's clock, ms. */
  dueMs: number;
}

/** Largest number of datagrams that wait: a hundred moments of a whole camera. */
const CAPACITY = 4096;

/**
 * Datagrams in the order of their times of sending; at equal times in the order of adding. It holds
 * 4096. When there are more, the first ones are due at once.
 */
export class WaitingDatagrams {
  readonly #waiting: WaitingDatagram[] = [];

  /** Time of the first one; Infinity when there is none. */
  get nextDueMs(): number {
    if (this.#waiting.length > CAPACITY) return -Infinity;
    return this.#waiting[0]?.dueMs ?? Infinity;
  }

  /** Adds a datagram; its bytes must not change any more. */
  push(datagram: WaitingDatagram): void {
    const after = this.#waiting.findLastIndex(({ dueMs }) => dueMs <= datagram.dueMs);
    this.#waiting.splice(after + 1, 0, datagram);
  }

  /** Removes and returns what is due at a time, and what is above the limit. */
  take(nowMs: number): WaitingDatagram[] {
    const future = this.#waiting.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = future < 0 ? this.#waiting.length : future;
    return this.#waiting.splice(0, Math.max(due, this.#waiting.length - CAPACITY));
  }
}
