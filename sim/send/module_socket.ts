import { messageOf, UnavailableError } from "../../lib/errors.ts";
import type { Particulars } from "../../lib/notice.ts";

/**
 * Binds a socket to a module's address, at any free port.
 *
 * @throws {UnavailableError} when the address cannot be bound, with the fix
 */
export function openModuleSocket(address: string): Deno.DatagramConn {
  try {
    return Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
  } catch (error) {
    const { fix, code } = error instanceof Deno.errors.AddrNotAvailable
      ? missingAddressFix(address, Deno.build.os)
      : {};
    throw new UnavailableError(
      `cannot send from ${address}: ${messageOf(error)}${fix === undefined ? "" : `; ${fix}`}`,
      { code, fields: { address } },
    );
  }
}

/** How to fix an address that this host does not have, on the operating system `os`. */
export function missingAddressFix(
  address: string,
  os: typeof Deno.build.os,
): { fix: string } & Particulars {
  if (address.startsWith("127.") && os === "darwin") {
    return { fix: `add it to the loopback interface: sudo ifconfig lo0 alias ${address}` };
  }
  return {
    fix: "add it to a network interface of this host, or start at another address",
    code: "simulator.notLocal",
  };
}
