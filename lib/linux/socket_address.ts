/**
 * The structures for the address of a UDP socket, as Linux lays them out.
 *
 * @module
 */

import { isIpv4, parseIpAddress } from "../address/ip_address.ts";
import { ConfigurationError } from "../errors.ts";
import { itemAt } from "../item_at.ts";

export const AF_INET = 2;
export const AF_INET6 = 10;

/** struct sockaddr_in: family (host order), port and address (network order), zeros. */
const SOCKADDR_IN_BYTES = 16;
/** struct sockaddr_in6: family, port, flow information, address, scope. This is the longest one. */
export const SOCKADDR_IN6_BYTES = 28;
/** Offsets in both. */
export const FAMILY = 0;
export const PORT = 2;
/** Offset of the address in each. */
export const IPV4_ADDRESS = 4;
export const IPV6_ADDRESS = 8;

/**
 * A socket's address in C's layout: 16 bytes for IPv4, 28 for IPv6.
 *
 * @throws {ConfigurationError} if the hostname is not an IP address
 */
export function encodeSocketAddress(
  { hostname, port }: { hostname: string; port: number },
): Uint8Array<ArrayBuffer> {
  const ip = parseIpAddress(hostname);
  if (ip === undefined) {
    throw new ConfigurationError(
      `${hostname} is not an IP address: give one such as 127.0.0.1 or ::1`,
    );
  }
  const ipv4 = isIpv4(ip);
  const bytes = new Uint8Array(ipv4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(FAMILY, ipv4 ? AF_INET : AF_INET6, true);
  view.setUint16(PORT, port);
  if (ipv4) view.setUint32(IPV4_ADDRESS, itemAt(ip, 3));
  else ip.forEach((word, index) => view.setUint32(IPV6_ADDRESS + 4 * index, word));
  return bytes;
}

/** The family of an encoded address. */
export function familyOf(address: Uint8Array<ArrayBuffer>): number {
  return new DataView(address.buffer).getUint16(FAMILY, true);
}
