/**
 * The daemon's loop, from the socket to the publisher, and its status, routes and metrics.
 *
 * @example Acquire for a moment, and print the counters
 * ```ts
 * import { Acquisition } from "@ssdaq/ssdaq/daemon";
 * import { newDaemonLedger } from "@ssdaq/ssdaq/ledger";
 * import { Publisher } from "@ssdaq/ssdaq/publisher";
 * import { openPacketSocket } from "@ssdaq/ssdaq/receiver";
 *
 * const ledger = newDaemonLedger();
 * await using socket = openPacketSocket({ hostname: "127.0.0.1", port: 0 });
 * await using publisher = await Publisher.bind({ endpoints: ["tcp://127.0.0.1:*"] }, ledger);
 * await new Acquisition({ socket, publisher, ledger }).run(AbortSignal.timeout(50));
 * console.log(ledger.packets.received, ledger.events.published);
 * ```
 *
 * @module
 */

export * from "./acquisition.ts";
export * from "./rates.ts";
export * from "./routes.ts";
export * from "./status.ts";
export { DAEMON_STATE, DAEMON_STATUS } from "./status_shape.ts";
export { daemonMetrics } from "./metrics.ts";
export type { MemoryParts, MemoryStatus } from "../memory_budget.ts";
