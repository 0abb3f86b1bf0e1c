import type { PacketView } from "../wire/packet.ts";

/** A packet as it comes to the builder. */
export interface Arrival {
  /** Slot of its sender, 0..31. */
  slot: number;
  /** Its readouts, read. */
  packet: PacketView;
  /** Monotonic time. */
  nowMs: number;
  /** Unix time (UTC) at which it was received, whole seconds. */
  receiveSeconds: number;
  /** Nanoseconds after that second. */
  receiveNanoseconds: number;
}
