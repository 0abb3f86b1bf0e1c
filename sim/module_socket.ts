import { messageOf, UnavailableError } from "../lib/errors.ts";

/**
 * A socket bound to a module's address, at any free port.
 *
 * @throws {UnavailableError} when the address cannot be bound, with what to do about it
 */
export function openModuleSocket(address: string): Deno.DatagramConn {
  try {
    return Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
  } catch (error) {
    const advice = error instanceof Deno.errors.AddrNotAvailable
      ? `; ${missingAddressAdvice(address, Deno.build.os)}`
      : "";
    throw new UnavailableError(`cannot send from ${address}: ${messageOf(error)}${advice}`);
  }
}

/** What to do about an address this host does not have, on the operating system `os`. */
export function missingAddressAdvice(address: string, os: typeof Deno.build.os): string {
  if (address.startsWith("127.") && os === "darwin") {
    return `give it to the loopback interface: sudo ifconfig lo0 alias ${address}`;
  }
  return "give it to a network interface of this host, or start at another address with " +
    "--first-address";
}
