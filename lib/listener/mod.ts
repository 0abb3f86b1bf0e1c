/**
 * ZeroMQ to events, in order and each once. Gaps are filled from a source.
 *
 * @example
 * ```ts
 * import { Listener } from "@ssdaq/ssdaq/listener";
 *
 * const signal = AbortSignal.timeout(100);
 * await using listener = await Listener.connect({ endpoints: ["tcp://127.0.0.1:5555"], signal });
 * for await (const event of listener) console.log(event.number, listener.ledger.recorder.missed);
 * ```
 *
 * @module
 */

export * from "./listener.ts";
export type { EventSource, KeptRun } from "../replay/event_source.ts";
