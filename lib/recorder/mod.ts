/**
 * The recorder's loop, from the listener to the file, and its status, routes and metrics.
 *
 * @example
 * ```ts
 * import { Listener } from "@ssdaq/ssdaq/listener";
 * import { Recorder } from "@ssdaq/ssdaq/recorder";
 * import { EventWriter } from "@ssdaq/ssdaq/recording";
 *
 * const destination = { file: `${Deno.makeTempDirSync()}/run.h5` };
 * await using listener = await Listener.connect({ endpoints: ["tcp://127.0.0.1:5555"] });
 * await using writer = await EventWriter.open({ destination, provenance: {} });
 * await new Recorder(listener, writer).run(AbortSignal.timeout(50), { events: 1000 });
 * console.log(listener.ledger.recorder.stored);
 * ```
 *
 * @module
 */

export * from "./recorder.ts";
export * from "./health.ts";
export { recorderMetrics } from "./metrics.ts";
export * from "./routes.ts";
export * from "./status.ts";
export type { MemoryParts, MemoryStatus } from "../memory_budget.ts";
