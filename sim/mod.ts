/**
 * Simulated modules: the packets of a camera, with faults on request, and a manifest of all of them.
 *
 * @example A camera's readouts, without a socket
 * ```ts
 * import { simulatedReadouts } from "@ssdaq/ssdaq/sim";
 * import { assertEquals } from "@std/assert";
 *
 * const readouts = [...simulatedReadouts({ modules: 2, readouts: 3, seed: 7 })];
 * assertEquals(readouts.map(({ slot }) => slot), [0, 0, 0, 1, 1, 1]);
 * ```
 *
 * @module
 */

export * from "./simulator.ts";
export * from "./simulator_options.ts";
export * from "./simulation_options.ts";
export * from "./simulator_summary.ts";
export * from "./simulator_routes.ts";
export * from "./simulator_status.ts";
export type { Clock } from "./clock.ts";
export type {
  OutgoingPacket,
  PacketSender,
  SendFailure,
  Target,
  Transport,
} from "./send/packet_sender.ts";
export type { FaultOptions, FaultSettings, ModuleEvent } from "./faults/fault_options.ts";
export { type ModuleSignal, type Scene, type SceneName, SCENES } from "./scene/scene.ts";
export * from "./faults/packet_fate.ts";
export * from "./manifest/manifest.ts";
export * from "./manifest/parse_manifest.ts";
export * from "./manifest/manifest_replay.ts";
export * from "./manifest/fate_index.ts";
export { SIMULATOR_STATUS } from "./simulator_status_shape.ts";
export * from "./simulated_camera.ts";
export * from "./simulated_packets.ts";
