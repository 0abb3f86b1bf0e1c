import { type Libc, SystemError } from "../../lib/linux/libc.ts";
import { MessageBatch } from "./message_batch.ts";
import { openModuleSocket } from "./module_socket.ts";
import type { OutgoingPacket, PacketSender, SendFailure, Target } from "./packet_sender.ts";
import { sendEach } from "./send_each.ts";

/** Largest number of packets in one system call: more than a camera has modules. */
const BATCH = 64;

const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;

/**
 * Linux: one socket for all modules and one system call for many packets.
 *
 * Each packet has its source address in a control message. All packets come from one port, which has
 * no meaning: a receiver identifies a module by its address only.
 */
export class SendmmsgSender implements PacketSender {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #batch: MessageBatch;

  /**
   * @param libc closed with the sender; stays open when the constructor throws
   * @param addresses IP address of each module
   * @param target its hostname is an IP address of the same family
   * @throws {UnavailableError} when this host does not have an address; then nothing stays open
   */
  constructor(libc: Libc, addresses: readonly string[], target: Target) {
    // Bound for a moment: otherwise the kernel reports a bad address only at the first packet.
    for (const address of addresses) openModuleSocket(address).close();
    this.#libc = libc;
    this.#batch = new MessageBatch(BATCH, addresses, target);
    const { symbols } = libc;
    this.#fd = libc.check(
      "socket",
      symbols.socket(this.#batch.family, SOCK_DGRAM | SOCK_CLOEXEC, 0),
    );
  }

  async send(packets: readonly OutgoingPacket[]): Promise<readonly SendFailure[]> {
    const failures: SendFailure[] = [];
    for (let first = 0; first < packets.length; first += BATCH) {
      const batch = packets.slice(first, first + BATCH);
      batch.forEach((packet, index) => this.#batch.set(index, packet));
      await sendEach(batch.length, (from, many) => this.#sendFrom(from, many), (index, errno) => {
        const error = new SystemError("sendmmsg", errno, this.#libc.reason(errno));
        failures.push({ index: first + index, error });
      });
    }
    return failures;
  }

  /** Sends messages of the batch. Returns how many, or minus the error number. */
  #sendFrom(from: number, count: number): number {
    const headers = this.#batch.headers(from);
    const sent = this.#libc.symbols.sendmmsg(this.#fd, headers, count, MSG_DONTWAIT);
    return sent >= 0 ? sent : -this.#libc.errno;
  }

  close(): void {
    this.#libc.symbols.close(this.#fd);
    this.#libc[Symbol.dispose]();
  }
}
