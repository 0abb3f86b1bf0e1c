/**
 * The last events: a daemon keeps them, a client fetches them.
 *
 * @example
 * ```ts
 * import { ReplayBuffer } from "@ssdaq/ssdaq/replay";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new ReplayBuffer(2 ** 20).capacity, 61);
 * ```
 *
 * @module
 */

export * from "./replay_buffer.ts";
export * from "./event_source.ts";
export * from "./replay_client.ts";
export * from "./account_watch.ts";
export { eventsAnswer } from "./events_answer.ts";
