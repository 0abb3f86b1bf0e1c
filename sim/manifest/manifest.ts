import type { ByteOrder } from "../../lib/wire/packet.ts";
import type { PacketFate } from "../faults/packet_fate.ts";
import type { SceneName } from "../scene/scene.ts";
import type { Segment } from "../simulated_camera.ts";

/** The value of a manifest's first member. */
export const MANIFEST_FORMAT = "ssdaq-manifest-1";

/** Why a module sent nothing for a time. */
export type SilenceCause = "killed" | "paused";

/** Packets of a module that were not sent: first readouts from `firstReadout`, below `end`. */
export interface Silence {
  slot: number;
  firstReadout: number;
  endReadout: number;
  cause: SilenceCause;
}

/** Totals of a simulator. All but `readoutsMade` and `packetsSent` count packets. */
export interface FaultTotals {
  packetsMade: number;
  readoutsMade: number;
  /** Datagrams given to the kernel, with second copies. */
  packetsSent: number;
  lost: number;
  killed: number;
  paused: number;
  /** Datagrams that the kernel refused. */
  sendErrors: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  truncated: number;
}

/** The record of what a simulator sent: every datagram can be made again from it, byte for byte. */
export interface Manifest {
  format: typeof MANIFEST_FORMAT;
  /** Version of ssdaq. */
  version: string;
  /** ISO 8601, UTC. */
  startTime: string;
  simulation: {
    modules: number;
    readoutsPerPacket: number;
    seed: number;
    byteOrder: ByteOrder;
    /** Old manifests do not have these three: their simulators had only the scene `random`. */
    scene?: SceneName;
    skySpeed?: number;
    deadPixels?: readonly number[];
  };
  /** One for each rate or TACK timeline; the first begins at readout 0. */
  segments: Segment[];
  /** Readouts of each module. */
  readouts: number;
  silences: Silence[];
  /** Every packet that was not sent exactly once and unchanged. */
  packets: PacketFate[];
  /** Whether there were too many of these to keep: then the manifest proves nothing. */
  incomplete: boolean;
  totals: FaultTotals;
  /** By module. */
  slots: ({ slot: number; address: string } & FaultTotals)[];
}

/** All totals at 0. */
export function newFaultTotals(): FaultTotals {
  return {
    packetsMade: 0,
    readoutsMade: 0,
    packetsSent: 0,
    lost: 0,
    killed: 0,
    paused: 0,
    sendErrors: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    truncated: 0,
  };
}
