import type { FaultTotals } from "./manifest.ts";

/** What a module does: `killed` by a fault, `paused` on request. */
export type SlotState = "sending" | "killed" | "paused";

/** What one module has sent. */
export interface SlotSummary {
  /** 0..31. */
  slot: number;
  /** IPv4 it sends from. */
  address: string;
  /** What it does now. */
  state: SlotState;
  /** Packets sent, leaving out failed ones. */
  packets: number;
  /** Whole readouts in them. */
  readouts: number;
}

/** What a simulator has sent. */
export interface SimulatorSummary {
  /** Number of modules. */
  modules: number;
  /** Readouts sent, of all modules. */
  readoutsSent: number;
  /** Packets sent, of all modules. */
  packetsSent: number;
  /** Bytes sent, of all modules; UDP payload. */
  bytesSent: number;
  /** Packets that could not be sent; they are in no other count. */
  sendErrors: number;
  /** Wall clock time from the start of the run to now or its end, ms. */
  elapsedMs: number;
  /** TACK time the readouts so far cover, s. */
  tackSeconds: number;
  /** TACK time of the first readout, ns. */
  firstTackNs: bigint;
  /** Auxiliary stamp of the first readout, ns. */
  firstAuxNs: bigint;
  /** Readouts/s of each module now. */
  rate: number;
  /** What went wrong on purpose, and the packets it went wrong with; null without faults. */
  faults: FaultTotals | null;
  /** By module. */
  slots: SlotSummary[];
}
