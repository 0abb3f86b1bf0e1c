import { ConfigurationError, messageOf, UnavailableError } from "../errors.ts";
import { type Log, StageLog } from "../notice.ts";
import type { DrainOptions, PacketSocket, SocketKind } from "./packet_socket.ts";
import type { UdpAddress } from "../address/udp_address.ts";
import { PortableSocket } from "./portable_socket.ts";
import { RecvmmsgSocket } from "./recvmmsg_socket.ts";

/** Kernel buffer asked for: a second of 20 000 packets of 1440 bytes. */
const RECEIVE_BUFFER_BYTES = 32 * 1024 * 1024;

/** How to open a packet socket. */
export interface PacketSocketOptions extends DrainOptions {
  /** Which socket; `auto` is recvmmsg where it works, else portable. @default "auto" */
  kind?: SocketKind | "auto";
  /** Kernel buffer to ask for; the portable socket has no say in it. @default 32 MiB */
  receiveBufferBytes?: number;
  /** Told why `auto` did not take recvmmsg on Linux. @default nobody is */
  log?: Log;
}

/**
 * Binds a UDP address.
 *
 * @example Write a receiver of your own
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
 * @throws {UnavailableError} when the address is in use, or not this host's yet
 * @throws {ConfigurationError} when the address may not be bound, or the kind is not to be had here
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
        `recvmmsg is not possible here (${messageOf(error)}): taking the portable socket`,
      );
      return new PortableSocket(address, options);
    }
    throw new ConfigurationError(`recvmmsg is not possible here (${messageOf(error)})`, {
      code: "receiver.notPossible",
    });
  }
}
