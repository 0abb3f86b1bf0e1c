import { type LibcPart, openLibcIfPossible } from "./libc.ts";

type Library = LibcPart<"epoll_ctl" | "open" | "read" | "close">;

const EPOLL_CTL_MOD = 3;
const EPOLLIN = 1;
/** After one event there is no further one until it is set again. */
const EPOLLONESHOT = 2 ** 30;

/** On x86-64, struct epoll_event is packed; elsewhere its data begin at 8. */
const DATA_AT = Deno.build.arch === "x86_64" ? 4 : 8;

/** Descriptors in which the poller of a library is looked for. */
const MAX_DESCRIPTORS = 1024;

const MAX_INFO_BYTES = 64 * 1024;

/**
 * Decides when a library's thread accepts a connection on a listening socket, where the library
 * itself accepts all that come.
 *
 * The library waits for connections with epoll(7). The gate sets its registration to "once": then
 * the library hears of one waiting connection, accepts it, and hears no more until the gate admits
 * another one. The others wait in the kernel, in the listening socket's queue, and cost no
 * descriptor; when that queue is full, the kernel lets them try again. If the process has no free
 * descriptor, the library does not spin on the connection that it cannot accept.
 *
 * The registration holds the library's own pointer, which /proc tells. So do not use a gate after
 * the library was told to close the socket.
 */
export class AcceptGate implements Disposable {
  readonly #library: Library;
  readonly #epoll: number;
  readonly #listener: number;
  readonly #event: Uint8Array<ArrayBuffer>;

  private constructor(library: Library, epoll: number, listener: number, data: bigint) {
    this.#library = library;
    this.#epoll = epoll;
    this.#listener = listener;
    this.#event = new Uint8Array(DATA_AT + 8);
    const view = new DataView(this.#event.buffer);
    view.setUint32(0, EPOLLIN | EPOLLONESHOT, true);
    view.setBigUint64(DATA_AT, data, true);
  }

  /**
   * The gate of a listening socket; undefined if the system does not provide this, or exactly one
   * poller of this process that waits for the socket was not found. It is open for one connection.
   */
  static open(listener: number): AcceptGate | undefined {
    if (Deno.build.os !== "linux") return undefined;
    const library = openLibcIfPossible("epoll_ctl", "open", "read", "close");
    if (library === undefined) return undefined;
    const pollers: { epoll: number; data: bigint }[] = [];
    for (let epoll = 0; epoll < MAX_DESCRIPTORS; epoll++) {
      const info = readInfo(library, epoll);
      for (const [, fd, data] of info.matchAll(/^tfd:\s*(\d+) events:\s*\w+ data:\s*(\w+)/gm)) {
        if (Number(fd) === listener) pollers.push({ epoll, data: BigInt(`0x${data}`) });
      }
    }
    const [poller, ...others] = pollers;
    if (poller !== undefined && others.length === 0) {
      const gate = new AcceptGate(library, poller.epoll, listener, poller.data);
      if (gate.admitOne()) return gate;
    }
    library.close();
    return undefined;
  }

  /** Lets one connection in, now or when it comes. @returns whether the system did so */
  admitOne(): boolean {
    const { epoll_ctl: control } = this.#library.symbols;
    return control(this.#epoll, EPOLL_CTL_MOD, this.#listener, this.#event) === 0;
  }

  [Symbol.dispose](): void {
    this.#library.close();
  }
}

/** What the kernel tells of a descriptor; empty if there is none. */
function readInfo({ symbols }: Library, fd: number): string {
  // Not by the runtime: it lets only a program with all permissions read /proc.
  const file = symbols.open(new TextEncoder().encode(`/proc/self/fdinfo/${fd}\0`), 0);
  if (file < 0) return "";
  const bytes = new Uint8Array(MAX_INFO_BYTES);
  const length = Number(symbols.read(file, bytes, BigInt(bytes.length)));
  symbols.close(file);
  return new TextDecoder().decode(bytes.subarray(0, Math.max(0, length)));
}
