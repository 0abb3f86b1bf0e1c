import type { OutgoingPacket } from "./packet_sender.ts";

/** A datagram that waits for its time. */
export interface WaitingDatagram extends OutgoingPacket {
  /** Index of the first readout of the packet that it is of. */
  firstReadout: number;
  /** Its place among the datagrams of that packet. */
  copy: number;
  /** When it is to go, by the simulator's clock, ms. */
  dueMs: number;
}

/** Datagrams that wait at most: a hundred moments of a whole camera. */
const CAPACITY = 4096;

/**
 * Datagrams in the order in which they are due; those due at one time in the order in which they
 * came. It holds 4096; when there are more, the first of them are due at once.
 */
export class WaitingDatagrams {
  readonly #waiting: WaitingDatagram[] = [];

  /** When the first is due; Infinity when there is none. */
  get nextDueMs(): number {
    if (this.#waiting.length > CAPACITY) return -Infinity;
    return this.#waiting[0]?.dueMs ?? Infinity;
  }

  /** Puts a datagram in; its bytes must not change any more. */
  push(datagram: WaitingDatagram): void {
    const after = this.#waiting.findLastIndex(({ dueMs }) => dueMs <= datagram.dueMs);
    this.#waiting.splice(after + 1, 0, datagram);
  }

  /** Takes out what is due by a time, and what is too much. */
  take(nowMs: number): WaitingDatagram[] {
    const future = this.#waiting.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = future < 0 ? this.#waiting.length : future;
    return this.#waiting.splice(0, Math.max(due, this.#waiting.length - CAPACITY));
  }
}
