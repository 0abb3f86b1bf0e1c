/**
 * The kernel's tables of sockets, `/proc/net/{udp,udp6,tcp,tcp6}`; see proc(5).
 *
 * @module
 */

import { formatIpAddress, V4_MAPPED } from "../../../lib/address/ip_address.ts";
import { itemAt } from "../../../lib/item_at.ts";

/** State of a TCP socket that accepts connections. */
export const TCP_LISTEN = 0x0a;

/** A socket of the host. */
export interface HostSocket {
  /** IPv4 or IPv6 address of the socket. */
  address: string;
  port: number;
  /** As in the kernel's `tcp_states.h`. */
  state: number;
  inode: number;
  /** Datagrams that it dropped because its buffer was full; undefined for TCP. */
  drops: number | undefined;
}

/** Reads a table of sockets. */
export function parseSockets(table: string): HostSocket[] {
  const [head = "", ...lines] = table.trimEnd().split("\n");
  const hasDrops = head.trimEnd().endsWith("drops");
  return lines.map((line) => {
    const cells = line.trim().split(/\s+/);
    const [address, port] = itemAt(cells, 1).split(":");
    if (address === undefined || port === undefined) throw new Error(`not a socket: ${line}`);
    return {
      address: decodeAddress(address),
      port: parseInt(port, 16),
      state: parseInt(itemAt(cells, 3), 16),
      inode: Number(cells[9]),
      drops: hasDrops ? Number(cells[12]) : undefined,
    };
  });
}

/** The words have the host's byte order: little-endian on every system that ssdaq runs on. */
function decodeAddress(hex: string): string {
  const words = (hex.match(/.{8}/g) ?? []).map((word) =>
    new DataView(Uint8Array.fromHex(word).buffer).getUint32(0, true)
  );
  return formatIpAddress(words.length === 1 ? [0, 0, V4_MAPPED, ...words] : words);
}

/** Counters of a protocol in `/proc/net/snmp`, by name; empty when the protocol is missing. */
export function parseSnmp(text: string, protocol: string): Record<string, number> {
  const [names = [], values = []] = text.split("\n")
    .filter((line) => line.startsWith(`${protocol}: `))
    .map((line) => line.split(" ").slice(1));
  return Object.fromEntries(names.map((name, index) => [name, Number(values[index])]));
}

/** Packets that all processors dropped, from `/proc/net/softnet_stat`. */
export function parseSoftnetDrops(text: string): number {
  return text.trim().split("\n").reduce((sum, line) => {
    const [, dropped = "0"] = line.split(" ");
    return sum + parseInt(dropped, 16);
  }, 0);
}
