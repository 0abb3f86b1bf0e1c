import { isEveryAddress } from "../../../lib/address/tcp_address.ts";
import { hostPort } from "../../../lib/address/ip_address.ts";
import type { Finding } from "./finding.ts";
import type { SocketOwner } from "./host.ts";
import { type HostSocket, TCP_LISTEN } from "./proc_net.ts";

/** A port that a daemon wants. */
export interface WantedPort {
  /** What it is for. */
  name: string;
  protocol: "udp" | "tcp";
  /** `*` is every address. */
  hostname: string;
  port: number;
}

/** The socket that has a wanted port, if there is one. */
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
 * Whether a port can be had, or who has it.
 *
 * @param holder the socket that has it; undefined when it is free
 * @param owner whose that is; undefined when it cannot be told
 * @param isDaemon whether a running daemon of ssdaq says that it has the port
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
    ? "a process that this user may not look into"
    : `process ${owner.pid} (${shortened(owner.command)})`;
  if (isDaemon) return { name, state: "good", found: `the running daemon has it, ${who}` };
  return {
    ...{ name, state: "bad", found: `taken by ${who}` },
    fix: owner === undefined
      ? `sudo ss -l${protocol === "udp" ? "u" : "t"}np 'sport = ${port}' tells who; end it, or ` +
        "give another port"
      : `kill ${owner.pid}, or give another port`,
  };
}

/**
 * Whether an address is this host's.
 *
 * @param every how every address of the host is written
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
    return { name, state: "unknown", found: "a name; only its address can be looked for" };
  }
  return {
    ...{ name, state: "bad", found: "no address of this host" },
    fix: `give one of ${addresses.join(", ")}, or ${every} for all of them`,
  };
}

function isEvery(hostname: string): boolean {
  return hostname === "*" || isEveryAddress(hostname);
}

function shortened(command: string): string {
  return command.length > 60 ? `${command.slice(0, 57)}...` : command;
}
