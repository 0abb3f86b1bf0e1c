import { formatIpAddress, parseIpAddress } from "../../lib/address/ip_address.ts";
import { parseIpv4 } from "../../lib/address/ipv4.ts";
import { isLoopback, type TcpAddress } from "../../lib/address/tcp_address.ts";
import type { UdpAddress } from "../../lib/address/udp_address.ts";
import { ValueError } from "../../lib/errors.ts";
import { EVENT_FORMATS, type EventFormat } from "../../lib/wire/event.ts";

/** Where a daemon serves commands and status by default. */
export const DEFAULT_CONTROL = "127.0.0.1:8642";

/** The simulator's control port that `ssdaq ctl sim` uses by default. */
export const SIMULATOR_CONTROL = "127.0.0.1:8643";

/** Where `ssdaq view` serves its page by default. */
export const VIEW_CONTROL = "127.0.0.1:8644";

/** The original's address, on Linux; other systems do not have it without set-up. */
const PUBLISH_HOST = Deno.build.os === "linux" ? "127.0.0.101" : "127.0.0.1";

/** Where events are published by default, and where listeners connect by default. */
export const DEFAULT_ENDPOINT = `tcp://${PUBLISH_HOST}:5555`;

/**
 * Reads a UDP address from `PORT`, `HOST:PORT` or `[IPV6]:PORT`; the hostname gets its usual form.
 *
 * @param key name of the option, for the error
 * @param defaultHost the address when only a port is given
 * @throws {ValueError} naming the key, the value and the fix
 */
export function parseUdpAddress(key: string, text: string, defaultHost: string): UdpAddress {
  const [, bracketed, plain = defaultHost, port] =
    /^(?:(?:\[([^\]]*:[^\]]*)\]|([^:[]*)):)?(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const ip = parseIpAddress(host === "localhost" ? "127.0.0.1" : host);
  if (port === undefined || Number(port) > 65535 || ip === undefined) {
    throw new ValueError(
      key,
      text,
      "not an address; give PORT or HOST:PORT with an IP address, " +
        "such as 2009, 0.0.0.0:2009 or [::]:2009",
    );
  }
  return { hostname: formatIpAddress(ip), port: Number(port) };
}

/**
 * Reads a TCP address to serve on from `PORT`, `HOST:PORT` or `off`.
 *
 * @param key name of the option, for the error
 * @returns undefined for `off`
 * @throws {ValueError} naming the key, the value and the fix
 */
export function parseControlAddress(key: string, text: string): TcpAddress | undefined {
  if (text === "off") return undefined;
  const [, bracketed, host = bracketed ?? "127.0.0.1", port] =
    /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:\s]*)):)?(\d+)$/.exec(text) ?? [];
  const hostname = host === "localhost" ? "127.0.0.1" : host;
  const isAddress = bracketed === undefined
    ? parseIpv4(hostname) !== undefined
    : ipv6In(bracketed) !== undefined;
  if (port === undefined || Number(port) > 65535 || !isAddress) {
    throw new ValueError(
      key,
      text,
      "not an address; give PORT or HOST:PORT with an IP address, " +
        `such as ${DEFAULT_CONTROL}, or off`,
    );
  }
  return { hostname, port: Number(port) };
}

/**
 * Reads a ZeroMQ endpoint from `PORT`, `HOST:PORT` or `tcp://HOST:PORT` (also `ipc://`). An IPv6
 * address is written in brackets, and gets its usual form.
 *
 * @param key name of the option, for the error
 * @throws {ValueError} naming the key, the value and the fix
 */
export function parseEndpoint(key: string, text: string): string {
  if (/^ipc:\/\/.+$/.test(text)) return text;
  const [, bracketed, name, port] =
    /^(?:tcp:\/\/)?(?:(?:\[([^\]]*)\]|([^:/\s[\]]+)):)?(\d+)$/.exec(text) ?? [];
  const host = bracketed === undefined ? name ?? PUBLISH_HOST : ipv6In(bracketed);
  if (port === undefined || Number(port) > 65535 || host === undefined) {
    throw new ValueError(
      key,
      text,
      `not an endpoint; give PORT or tcp://HOST:PORT, such as 5555, ${DEFAULT_ENDPOINT} or ` +
        "tcp://[::1]:5555",
    );
  }
  return `tcp://${host}:${port}`;
}

/** An IPv6 address as a host in a URL: with brackets, unless it stands for an IPv4 address. */
function ipv6In(text: string): string | undefined {
  const ip = text.includes(":") ? parseIpAddress(text) : undefined;
  if (ip === undefined) return undefined;
  const usual = formatIpAddress(ip);
  return usual.includes(":") ? `[${usual}]` : usual;
}

/** An endpoint to publish on, and its format if it has one. */
export interface PublishEndpoint {
  endpoint: string;
  format?: EventFormat;
}

/**
 * Reads an endpoint to publish on from `ENDPOINT` or `ENDPOINT=FORMAT`; see {@linkcode parseEndpoint}.
 * The text after the last `=` is the format, unless it is part of an `ipc://` path.
 *
 * @param key name of the option, for the error
 * @throws {ValueError} naming the key, the value and the fix
 */
export function parsePublishEndpoint(key: string, text: string): PublishEndpoint {
  const [, endpoint, written] = /^(.*)=([^/]*)$/s.exec(text) ?? [];
  if (endpoint === undefined) return { endpoint: parseEndpoint(key, text) };
  const format = EVENT_FORMATS.find((known) => known === written);
  if (format === undefined) {
    throw new ValueError(
      key,
      text,
      `${written || "nothing"} is not a format; give ENDPOINT=${
        EVENT_FORMATS.join(" or ENDPOINT=")
      }`,
    );
  }
  return { endpoint: parseEndpoint(key, endpoint), format };
}

/**
 * Reads the URL of a control port from `PORT`, `HOST:PORT` or `http://HOST:PORT`.
 *
 * @param key name of the option, for the error
 * @throws {ValueError} naming the key, the value and the fix
 */
export function parseControlUrl(key: string, text: string): string {
  const [, host = "127.0.0.1", port] =
    /^(?:http:\/\/)?(?:(\[[0-9a-fA-F:.]+\]|[^:/\s[\]?#@\\]+):)?(\d+)\/?$/.exec(text) ?? [];
  const url = `http://${host}:${port}`;
  // A name may have letters that no URL can have.
  if (port === undefined || Number(port) === 0 || !URL.canParse(url)) {
    throw new ValueError(
      key,
      text,
      "not a control port; give PORT or http://HOST:PORT, such as " +
        `http://${DEFAULT_CONTROL}`,
    );
  }
  return url;
}

/** Whether an endpoint is on this host. */
export function isLocalEndpoint(endpoint: string): boolean {
  const [, host = ""] = /^tcp:\/\/\[?(.*?)\]?:\d+$/.exec(endpoint) ?? [];
  return endpoint.startsWith("ipc://") || isLoopback(host);
}
