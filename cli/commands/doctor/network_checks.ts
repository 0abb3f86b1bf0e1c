import type { Finding } from "./finding.ts";
import type { HostInterface } from "./host.ts";
import type { HostSocket } from "./proc_net.ts";

/** Headers of IP and UDP, bytes. */
const HEADER_BYTES = 28;

/** A packet of the modules' usual ten readouts, bytes. */
const USUAL_PACKET_BYTES = 1440;

/** Datagrams that were lost since the host started: the buffer was full, or they were damaged. */
export function checkUdpDrops(
  counters: Readonly<Record<string, number>>,
  sockets: readonly HostSocket[],
  port: number,
): Finding {
  const name = "kernel's UDP drops";
  const { RcvbufErrors: noRoom, InErrors: errors } = counters;
  const ours = sockets.filter((socket) => socket.port === port && (socket.drops ?? 0) > 0);
  if (ours.length > 0) {
    const drops = ours.reduce((sum, socket) => sum + (socket.drops ?? 0), 0);
    return {
      ...{ name, state: "bad", found: `${drops} datagrams to port ${port} were dropped` },
      fix: "see the receive buffer, and check what else uses the processors",
    };
  }
  if (noRoom === undefined || errors === undefined) {
    return { name, state: "unknown", found: "this system does not count them" };
  }
  if (noRoom + errors === 0) return { name, state: "good", found: "none since the host started" };
  return {
    ...{ name, state: "warning" },
    found: `all programs since the host started: ${noRoom} dropped because a buffer was full, ` +
      `${errors - noRoom} damaged`,
    fix: "check whether they increase: nstat -az UdpRcvbufErrors UdpInErrors",
  };
}

/** Packets that the kernel dropped before they reached a socket: a processor's queue was full. */
export function checkSoftnet(drops: number | undefined): Finding {
  const name = "kernel's backlog";
  if (drops === undefined) return { name, state: "unknown", found: "this system does not show it" };
  if (drops === 0) return { name, state: "good", found: "nothing dropped since the host started" };
  return {
    ...{ name, state: "warning", found: `${drops} packets dropped since the host started` },
    fix: "sudo sysctl -w net.core.netdev_max_backlog=5000",
  };
}

/** Checks whether a module's packets fit an interface, and what the interface lost. */
export function checkInterface({ name: device, mtuBytes, losses }: HostInterface): Finding[] {
  const needed = USUAL_PACKET_BYTES + HEADER_BYTES;
  const mtu: Finding = mtuBytes >= needed
    ? { name: `${device}: MTU`, state: "good", found: `${mtuBytes} bytes` }
    : {
      ...{ name: `${device}: MTU`, state: "warning" },
      found:
        `${mtuBytes} bytes: a packet of ${needed} bytes is sent in pieces; if one is lost, all are`,
      fix: `sudo ip link set dev ${device} mtu 1500`,
    };
  const lost = Object.entries(losses).filter(([, count]) => count > 0);
  const errors: Finding = lost.length === 0
    ? { name: `${device}: losses`, state: "good", found: "none since it came up" }
    : {
      ...{ name: `${device}: losses`, state: "warning" },
      found: lost.map(([loss, count]) => `${loss} ${count}`).join(", "),
      fix: `check whether they increase: ip -s -s link show dev ${device}`,
    };
  return [mtu, errors];
}
