/**
 * Packets from the network into memory: a bound socket, its ring, and the module of an address.
 *
 * @example Bind a socket and see what the kernel granted
 * ```ts
 * import { openPacketSocket } from "@ssdaq/ssdaq/receiver";
 *
 * await using socket = openPacketSocket({ hostname: "127.0.0.1", port: 0 });
 * console.log(socket.kind, socket.address.port, socket.receiveBufferBytes);
 * ```
 *
 * @module
 */

export * from "./packet_socket.ts";
export * from "./open_packet_socket.ts";
export * from "./packet_ring.ts";
export type { WallClock } from "../time/wall_clock.ts";
export * from "../address/udp_address.ts";
export * from "../address/module_map.ts";
export { formatIpAddress, parseIpAddress } from "../address/ip_address.ts";
