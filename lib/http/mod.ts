/**
 * The control port: a small HTTP server with protection against foreign requests, and its client.
 *
 * @example
 * ```ts
 * import { ControlServer } from "@ssdaq/ssdaq/http";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = ControlServer.start({
 *   address: { hostname: "127.0.0.1", port: 0 },
 *   routes: [{ method: "GET", path: "/hello", handle: () => new Response("hello") }],
 * });
 * assertEquals(await (await fetch(`${server.url}/hello`)).text(), "hello");
 * ```
 *
 * @module
 */

export * from "./client.ts";
export * from "./server.ts";
export { jsonAnswer, textAnswer } from "./answer.ts";
export { CloseCode, PageSocket } from "./page_socket.ts";
export type { WebSocketRoute } from "./web_socket_route.ts";
export type { WebSocketDoor } from "./web_socket_door.ts";
export type { Connection, Phase } from "./connection.ts";
export { CUT_REASONS, type CutReason, type Listen } from "./gate.ts";
export type { ConnectionCounts } from "./connection_counts.ts";
export { controlMemoryBytes } from "./control_memory.ts";
export { readTokenFile } from "./token_file.ts";
export * from "../text/shape.ts";
export type { Metric, MetricSample } from "./metrics.ts";
export type { TcpAddress } from "../address/tcp_address.ts";
