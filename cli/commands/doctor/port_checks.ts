import { hostPort } from "../../../lib/address/ip_address.ts";
import { isEveryAddress } from "../../../lib/address/tcp_address.ts";
import type { Finding } from "./finding.ts";
import type { SocketOwner } from "./host.ts";
import { type HostSocket, TCP_LISTEN } from "./proc_net.ts";

/** A port that a daemon needs. */
export interface WantedPort {
  /** What it is for. */
  name: string;
  protocol: "udp" | "tcp";
  /** `*` means every address. */
  hostname: string;
  port: number;
}

/** The socket that uses a wanted port, if there is one. */
export function holderOf(
  { protocol, hostname, port }: WantedPort,
  sockets: readonly HostSocket[],
): HostSocket | undefined {
  return sockets.find((socket) =>
    socket.port === port && (protocol === "udp" || socket.state === TCP_LISTEN) &&
    (socket.address === hostname || isEvery(socket.address) || isEvery(hostname))
  );
}

/**
 * Checks whether a port is free, or which process uses it.
 *
 * @param holder the socket that uses it; undefined when it is free
 * @param owner the process of that socket; undefined when it is unknown
 * @param isDaemon whether a running ssdaq daemon reports that it uses the port
 */
export function checkPort(
  wanted: WantedPort,
  holder: HostSocket | undefined,
  owner: SocketOwner | undefined,
  isDaemon: boolean,
): Finding {
  const { protocol, port } = wanted;
  const name = `${wanted.name} ${protocol}://${hostPort(wanted)}`;
  if (holder === undefined) return { name, state: "good", found: "free" };
  const who = owner === undefined
    ? "a process of another user"
    : `process ${owner.pid} (${shortened(owner.command)})`;
  if (isDaemon) return { name, state: "good", found: `the running daemon uses it, ${who}` };
  return {
    ...{ name, state: "bad", found: `${who} uses it` },
    fix: owner === undefined
      ? `sudo ss -l${
        protocol === "udp" ? "u" : "t"
      }np 'sport = ${port}' shows the process; end it, ` +
        "or give another port"
      : `kill ${owner.pid}, or give another port`,
  };
}

/**
 * Checks whether this host has an address.
 *
 * @param every how "every address of the host" is written
 */
export function checkLocalAddress(
  what: string,
  hostname: string,
  addresses: readonly string[],
  every: string,
): Finding {
  const name = `${what} address ${hostname}`;
  if (isEvery(hostname)) return { name, state: "good", found: "every address of this host" };
  const isLoopback = Deno.build.os === "linux" && hostname.startsWith("127.");
  if (isLoopback || addresses.includes(hostname)) {
    return { name, state: "good", found: "an address of this host" };
  }
  if (!/^[\d.]+$|:/.test(hostname)) {
    return { name, state: "unknown", found: "this is a name; only an IP address can be checked" };
  }
  return {
    ...{ name, state: "bad", found: "this host does not have this address" },
    fix: `give one of ${addresses.join(", ")}, or ${every} for all of them`,
  };
}

function isEvery(hostname: string): boolean {
  return hostname === "*" || isEveryAddress(hostname);
}

function shortened(command: string): string {
  return command.length > 60 ? `${command.slice(0, 57)}...` : command;
}
