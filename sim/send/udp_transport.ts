import { lookup } from "node:dns/promises";
import { messageOf, UnavailableError } from "../../lib/errors.ts";
import { itemAt } from "../../lib/item_at.ts";
import { Libc } from "../../lib/linux/libc.ts";
import { familyOf } from "./module_addresses.ts";
import type { PacketSender, Target, Transport } from "./packet_sender.ts";
import { PortableSender } from "./portable_sender.ts";
import { SendmmsgSender } from "./sendmmsg_sender.ts";

/** Ways to send UDP, the fastest first. */
export const SENDER_KINDS = ["sendmmsg", "portable"] as const;

/** A way to send UDP: `sendmmsg` on Linux with FFI; `portable` everywhere. */
export type SenderKind = typeof SENDER_KINDS[number];

/**
 * UDP from the modules' own addresses, because a receiver identifies a module by its address. The
 * target's name is looked up once, when the transport is opened.
 *
 * The transport throws an {@linkcode UnavailableError} when the name has no address of the modules'
 * family, or when this host does not have a module's address.
 *
 * @param addresses addresses of the modules, all IPv4 or all IPv6
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

/** The sender that uses FFI; undefined when there is no FFI and another sender may be used. */
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
  // Other systems may have a libc of this name with other structures.
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
