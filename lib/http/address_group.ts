import { formatIpAddress, isIpv4, parseIpAddress } from "../address/ip_address.ts";
import { isLoopback } from "../address/tcp_address.ts";

/** Who connects from this host. */
export const THIS_HOST = "this host";

/**
 * Who a client's address belongs to, for limits by address: this host for all loopback addresses,
 * an IPv4 address, or the network of an IPv6 address, since one host has all 2^64 addresses of its
 * network.
 */
export function addressGroup(hostname: string): string {
  const words = parseIpAddress(hostname.replace(/%.*$/, ""));
  if (words === undefined) return isLoopback(hostname) ? THIS_HOST : hostname;
  const text = formatIpAddress(words);
  if (isLoopback(text)) return THIS_HOST;
  if (isIpv4(words)) return text;
  return `${formatIpAddress(Uint32Array.of(words[0] ?? 0, words[1] ?? 0, 0, 0))}/64`;
}
