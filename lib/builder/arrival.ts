import type { PacketView } from "../wire/packet.ts";

/** A packet for the builder. */
export interface Arrival {
  /** The sender's slot, 0..31. */
  slot: number;
  /** The decoded packet. */
  packet: PacketView;
  /** Monotonic time of arrival. */
  nowMs: number;
  /** Unix time (UTC) of reception, whole seconds. */
  receiveSeconds: number;
  /** Nanoseconds after that second. */
  receiveNanoseconds: number;
}
