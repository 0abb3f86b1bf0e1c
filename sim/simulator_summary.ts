import type { FaultTotals } from "./manifest/manifest.ts";

/** The state of a module: `killed` by a fault, `paused` on request. */
export type SlotState = "sending" | "killed" | "paused";

/** What one module has sent. */
export interface SlotSummary {
  /** 0..31. */
  slot: number;
  /** Its IP address. */
  address: string;
  /** Its present state. */
  state: SlotState;
  /** Packets sent, without failed ones. */
  packets: number;
  /** Complete readouts in them. */
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
  /** Packets that could not be sent; no other count has them. */
  sendErrors: number;
  /** Wall clock time from the start of the run to now or its end, ms. */
  elapsedMs: number;
  /** TACK time of the readouts until now, s. */
  tackSeconds: number;
  /** TACK time of the first readout, ns. */
  firstTackNs: bigint;
  /** Auxiliary stamp of the first readout, ns. */
  firstAuxNs: bigint;
  /** Readouts/s of each module now. */
  rate: number;
  /** The faults, and the number of packets with each; null without faults. */
  faults: FaultTotals | null;
  /** By module. */
  slots: SlotSummary[];
}
