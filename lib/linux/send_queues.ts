import { itemAt } from "../item_at.ts";
import { type LibcPart, openLibcIfPossible } from "./libc.ts";

type Library = LibcPart<"getsockname" | "ioctl">;

/** ioctl(2), tcp(7): bytes of a socket that its peer has not acknowledged. */
const SIOCOUTQ = 0x5411;

const AF_INET = 2;
const AF_INET6 = 10;

/** Number of descriptors that are checked; a daemon has far fewer. */
const MAX_DESCRIPTORS = 8192;

/**
 * The bytes that this process's TCP connections have not delivered yet. ZeroMQ does not say how
 * much it still has to send. But while it has something, the kernel's queue is not empty.
 */
export class SendQueues implements Disposable {
  readonly #library: Library;
  readonly #address = new Uint8Array(28);
  readonly #addressView = new DataView(this.#address.buffer);
  readonly #length = new Uint32Array(1);
  readonly #bytes = new Int32Array(1);

  private constructor(library: Library) {
    this.#library = library;
  }

  /** Undefined if the system does not provide this. */
  static open(): SendQueues | undefined {
    if (Deno.build.os !== "linux") return undefined;
    const library = openLibcIfPossible("getsockname", "ioctl");
    return library === undefined ? undefined : new SendQueues(library);
  }

  /** Bytes that the peers of connections from a local TCP port have not acknowledged. */
  unsentBytes(port: number): number {
    let total = 0;
    for (let fd = 0; fd < MAX_DESCRIPTORS; fd++) {
      if (this.#localPort(fd) === port) total += this.#unsentBytesOf(fd);
    }
    return total;
  }

  [Symbol.dispose](): void {
    this.#library.close();
  }

  #localPort(fd: number): number | undefined {
    this.#length[0] = this.#address.length;
    if (this.#library.symbols.getsockname(fd, this.#address, this.#length) !== 0) return undefined;
    const family = this.#addressView.getUint16(0, true);
    if (family !== AF_INET && family !== AF_INET6) return undefined;
    return this.#addressView.getUint16(2);
  }

  /** A listening socket has no such queue. */
  #unsentBytesOf(fd: number): number {
    const result = this.#library.symbols.ioctl(fd, BigInt(SIOCOUTQ), this.#bytes);
    return result === 0 ? itemAt(this.#bytes, 0) : 0;
  }
}
