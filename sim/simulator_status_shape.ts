import {
  count,
  integer,
  listOf,
  number,
  objectOf,
  oneOf,
  orNull,
  type Shape,
  text,
  truth,
} from "../lib/text/shape.ts";
import type { FaultTotals } from "./manifest/manifest.ts";
import type { SimulatorStatus } from "./simulator_status.ts";

/** The shape of a simulator's status. */
export const SIMULATOR_STATUS: Shape<SimulatorStatus> = objectOf<SimulatorStatus>({
  ssdaq: text,
  command: oneOf("sim"),
  modules: count,
  readoutsSent: count,
  packetsSent: count,
  bytesSent: count,
  sendErrors: count,
  elapsedMs: number,
  tackSeconds: number,
  firstTackNs: integer,
  firstAuxNs: integer,
  rate: number,
  faults: orNull(objectOf<FaultTotals>({
    packetsMade: count,
    readoutsMade: count,
    packetsSent: count,
    lost: count,
    killed: count,
    paused: count,
    sendErrors: count,
    duplicated: count,
    reordered: count,
    corrupted: count,
    truncated: count,
  })),
  faultsActive: orNull(truth),
  packetsPerSecond: number,
  slots: listOf(objectOf<SimulatorStatus["slots"][number]>({
    slot: count,
    address: text,
    state: oneOf("sending", "killed", "paused"),
    packets: count,
    readouts: count,
    packetsPerSecond: number,
  })),
});
