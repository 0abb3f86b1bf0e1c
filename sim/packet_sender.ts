import { lookup } from "node:dns/promises";
import { messageOf, OperationError } from "../lib/errors.ts";

/** Where packets go to. */
export interface Target {
  /** An IPv4 address, or a name that has one. */
  hostname: string;
  /** UDP port, 1..65535. */
  port: number;
}

/** Sends the packets of one module. */
export interface PacketSender {
  /** Sends a packet; its bytes change once the promise has settled. */
  send(bytes: Uint8Array): Promise<void>;
  /** Ends the sending; called once. */
  close(): void;
}

/** Makes the sender of a module, given its number from 0. */
export type Transport = (module: number) => PacketSender;

/**
 * Real UDP: one socket a module, bound to the module's own address, for that is all a receiver
 * knows a module by. A name is looked up here, once.
 *
 * @param addresses IPv4 of each module
 * @throws {OperationError} when the name has no IPv4 address; the transport throws it when an
 * address cannot be bound
 */
export async function udpTransport(
  addresses: readonly string[],
  { hostname, port }: Target,
): Promise<Transport> {
  const target = { transport: "udp", hostname: await ipv4Of(hostname), port } as const;
  return (module) => {
    const socket = bind(addresses[module]);
    return {
      async send(bytes) {
        await socket.send(bytes, target);
      },
      close: () => socket.close(),
    };
  };
}

/** What to do about an address this host does not have, on the operating system `os`. */
export function missingAddressAdvice(address: string, os: typeof Deno.build.os): string {
  if (address.startsWith("127.") && os === "darwin") {
    return `give it to the loopback interface: sudo ifconfig lo0 alias ${address}`;
  }
  return "give it to a network interface of this host, or start at another address with " +
    "--first-address";
}

async function ipv4Of(hostname: string): Promise<string> {
  try {
    return (await lookup(hostname, { family: 4 })).address;
  } catch (error) {
    throw new OperationError(
      `cannot send to ${hostname}: ${messageOf(error)}; give an IPv4 address with --target`,
    );
  }
}

function bind(address: string): Deno.DatagramConn {
  try {
    return Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
  } catch (error) {
    const advice = error instanceof Deno.errors.AddrNotAvailable
      ? `; ${missingAddressAdvice(address, Deno.build.os)}`
      : "";
    throw new OperationError(`cannot send from ${address}: ${messageOf(error)}${advice}`);
  }
}
