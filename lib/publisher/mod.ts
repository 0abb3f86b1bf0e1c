/**
 * Events to ZeroMQ, on one or several endpoints, each with its format.
 *
 * @example
 * ```ts
 * import { newDaemonLedger } from "@ssdaq/ssdaq/ledger";
 * import { Publisher } from "@ssdaq/ssdaq/publisher";
 *
 * await using publisher = await Publisher.bind(
 *   { endpoints: ["tcp://127.0.0.1:*"] },
 *   newDaemonLedger(),
 * );
 * console.log(publisher.endpoints, publisher.subscribers);
 * ```
 *
 * @module
 */

export * from "./publisher.ts";
