import { lookup } from "node:dns/promises";
import { messageOf, UnavailableError } from "../lib/errors.ts";
import { itemAt } from "../lib/item_at.ts";
import { Libc } from "../lib/linux/libc.ts";
import { familyOf } from "./module_addresses.ts";
import type { PacketSender, Target, Transport } from "./packet_sender.ts";
import { PortableSender } from "./portable_sender.ts";
import { SendmmsgSender } from "./sendmmsg_sender.ts";

/** Ways to send UDP, the fastest first. */
export const SENDER_KINDS = ["sendmmsg", "portable"] as const;

/** A way to send UDP: `sendmmsg` on Linux, where FFI is allowed; `portable` everywhere. */
export type SenderKind = typeof SENDER_KINDS[number];

/**
 * Real UDP, each module's packets from the module's own address, for that is all a receiver knows a
 * module by. A name is looked up when the transport is opened, once.
 *
 * The transport throws an {@linkcode UnavailableError} when the name has no address of the modules'
 * family, or a module's address is not this host's.
 *
 * @param addresses of each module, all IPv4 or all IPv6
 * @param kind by default sendmmsg where it works, else portable
 */
export function udpTransport(
  addresses: readonly string[],
  { hostname, port }: Target,
  kind: SenderKind | "auto" = "auto",
): Transport {
  return async () => {
    const target = { hostname: await addressOf(hostname, familyOf(itemAt(addresses, 0))), port };
    const sender = kind === "portable" ? undefined : openSendmmsg(addresses, target, kind);
    return sender ?? new PortableSender(addresses, target);
  };
}

/** The sender by FFI; undefined where there is no FFI and another sender will do. */
function openSendmmsg(
  addresses: readonly string[],
  target: Target,
  kind: "sendmmsg" | "auto",
): PacketSender | undefined {
  const libc = openLibc(kind);
  if (libc === undefined) return undefined;
  try {
    return new SendmmsgSender(libc, addresses, target);
  } catch (error) {
    libc[Symbol.dispose]();
    throw error;
  }
}

function openLibc(kind: "sendmmsg" | "auto"): Libc | undefined {
  // Elsewhere there may be a libc of this name, but with other structures.
  if (kind === "auto" && Deno.build.os !== "linux") return undefined;
  try {
    return new Libc();
  } catch (error) {
    if (kind === "auto") return undefined;
    throw error;
  }
}

async function addressOf(hostname: string, family: 4 | 6): Promise<string> {
  try {
    return (await lookup(hostname, { family })).address;
  } catch (error) {
    throw new UnavailableError(
      `cannot send to ${hostname}: ${messageOf(error)}; give an IPv${family} address`,
      { code: "simulator.target", fields: { hostname, family } },
    );
  }
}
