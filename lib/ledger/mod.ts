/**
 * The ledger: every counter in words, and the equations that hold between them.
 *
 * @example
 * ```ts
 * import { COUNTERS, IDENTITIES } from "@ssdaq/ssdaq/ledger";
 * import { assert } from "@std/assert";
 *
 * assert(COUNTERS.packets.received.length > 0 && IDENTITIES.length > 0);
 * ```
 *
 * @module
 */

export * from "./ledger.ts";
export { LOSS_CAUSES, type LossCause } from "./losses.ts";
export * from "./rate_watch.ts";
