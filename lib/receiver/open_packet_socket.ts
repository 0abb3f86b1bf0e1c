import type { UdpAddress } from "../address/udp_address.ts";
import { ConfigurationError, messageOf, UnavailableError } from "../errors.ts";
import { type Log, StageLog } from "../notice.ts";
import type { DrainOptions, PacketSocket, SocketKind } from "./packet_socket.ts";
import { PortableSocket } from "./portable_socket.ts";
import { RecvmmsgSocket } from "./recvmmsg_socket.ts";

/** Requested kernel buffer: room for a second of 20 000 packets of 1440 bytes. */
const RECEIVE_BUFFER_BYTES = 32 * 1024 * 1024;

/** Options of a packet socket. */
export interface PacketSocketOptions extends DrainOptions {
  /** The kind of socket. `auto` is recvmmsg if it works, else portable. @default "auto" */
  kind?: SocketKind | "auto";
  /** Requested size of the kernel buffer. The portable socket cannot set it. @default 32 MiB */
  receiveBufferBytes?: number;
  /** Gets a notice if `auto` does not use recvmmsg on Linux. @default none */
  log?: Log;
}

/**
 * Binds a UDP address.
 *
 * @example Write your own receiver
 * ```ts
 * import { openPacketSocket, PacketView } from "@ssdaq/ssdaq";
 *
 * await using socket = openPacketSocket({ hostname: "127.0.0.1", port: 0 });
 * const packet = new PacketView();
 * await socket.readable(10);
 * const { ring } = socket;
 * for (let left = ring.length; left > 0; left--) {
 *   const slot = ring.tailSlot;
 *   const refusal = packet.read(ring.bytes, ring.offset(slot), ring.lengthBytes(slot));
 *   if (refusal === undefined) console.log(packet.count, "readouts");
 *   ring.release(1);
 * }
 * ```
 *
 * @throws {UnavailableError} if the address is in use, or this host does not have it yet
 * @throws {ConfigurationError} if the address is not allowed, or the kind does not work here
 */
export function openPacketSocket(
  address: UdpAddress,
  options: PacketSocketOptions = {},
): PacketSocket {
  const { kind = "auto", receiveBufferBytes = RECEIVE_BUFFER_BYTES, log } = options;
  if (kind === "portable") return new PortableSocket(address, options);
  if (kind === "auto" && Deno.build.os !== "linux") return new PortableSocket(address, options);
  if (Deno.build.os !== "linux") {
    throw new ConfigurationError(
      `recvmmsg works on Linux only, not on ${Deno.build.os}`,
      { code: "receiver.notLinux" },
    );
  }
  try {
    return new RecvmmsgSocket(address, receiveBufferBytes, options);
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof UnavailableError) throw error;
    if (kind === "auto") {
      new StageLog("receiver", log).warning(
        `recvmmsg is not possible here (${messageOf(error)}): using the portable socket`,
      );
      return new PortableSocket(address, options);
    }
    throw new ConfigurationError(`recvmmsg is not possible here (${messageOf(error)})`, {
      code: "receiver.notPossible",
    });
  }
}
