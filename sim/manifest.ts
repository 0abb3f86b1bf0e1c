import type { ByteOrder } from "../lib/wire/packet.ts";
import type { PacketFate } from "./packet_fate.ts";
import type { SceneName } from "./scene/scene.ts";
import type { Segment } from "./simulated_camera.ts";

/** What a manifest's first member says. */
export const MANIFEST_FORMAT = "ssdaq-manifest-1";

/** Why a module sent nothing for a while. */
export type SilenceCause = "killed" | "paused";

/** Packets of a module that were not sent: those with a first readout from, up to but not to, `end`. */
export interface Silence {
  slot: number;
  firstReadout: number;
  endReadout: number;
  cause: SilenceCause;
}

/** What a simulator made and did, in numbers; all but `readoutsMade` and `packetsSent` in packets. */
export interface FaultTotals {
  packetsMade: number;
  readoutsMade: number;
  /** Datagrams handed to the kernel, second copies among them. */
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

/** What a simulator sent: enough to make every datagram again, byte for byte. */
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
    /** These three are missing in manifests of simulators that knew only `random`. */
    scene?: SceneName;
    skySpeed?: number;
    deadPixels?: readonly number[];
  };
  /** Where rate or TACK change; the first begins at readout 0. */
  segments: Segment[];
  /** Readouts made of each module. */
  readouts: number;
  silences: Silence[];
  /** Every packet that was to be sent and did not simply go out once, as made. */
  packets: PacketFate[];
  /** Whether there were more of these than are kept: then nothing can be proven by it. */
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
