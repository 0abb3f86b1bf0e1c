/**
 * The functions of libc that ssdaq calls: the only table of its kind.
 *
 * Structures are laid out as on 64-bit Linux, the same on x86-64 and aarch64.
 *
 * @module
 */

import { OperationError } from "../errors.ts";

const FUNCTIONS = {
  // int socket(int domain, int type, int protocol);
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int bind(int fd, const struct sockaddr *address, socklen_t length);
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int getsockname(int fd, struct sockaddr *address, socklen_t *length);
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int getpeername(int fd, struct sockaddr *address, socklen_t *length);
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int setsockopt(int fd, int level, int name, const void *value, socklen_t length);
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  // int getsockopt(int fd, int level, int name, void *value, socklen_t *length);
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  // int recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *);
  recvmmsg: { parameters: ["i32", "pointer", "u32", "i32", "pointer"], result: "i32" },
  // int sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags);
  sendmmsg: { parameters: ["i32", "pointer", "u32", "i32"], result: "i32" },
  // int shutdown(int fd, int how);
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  // int poll(struct pollfd *fds, nfds_t n, int timeout);
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  // int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  // int open(const char *path, int flags);
  open: { parameters: ["buffer", "i32"], result: "i32" },
  // ssize_t read(int fd, void *buffer, size_t n);
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // int close(int fd);
  close: { parameters: ["i32"], result: "i32" },
  // int *__errno_location(void);
  __errno_location: { parameters: [], result: "pointer" },
  // char *strerror(int number);
  strerror: { parameters: ["i32"], result: "pointer" },
  // int ioctl(int fd, unsigned long request, int *argument);
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  // int madvise(void *address, size_t length, int advice);
  madvise: { parameters: ["usize", "usize", "i32"], result: "i32" },
  // sighandler_t signal(int signal, sighandler_t handler);
  signal: { parameters: ["i32", "pointer"], result: "pointer" },
  // int adjtimex(struct timex *);
  adjtimex: { parameters: ["buffer"], result: "i32" },
  // int getrlimit(int resource, struct rlimit *);
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

export const EINTR = 4;
export const EAGAIN = 11;
export const EACCES = 13;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;

type Functions = typeof FUNCTIONS;

/** The functions for sockets, and those that say why a call failed. */
const SOCKET_FUNCTIONS = [
  "socket",
  "bind",
  "getsockname",
  "setsockopt",
  "getsockopt",
  "recvmmsg",
  "sendmmsg",
  "close",
  "__errno_location",
  "strerror",
] as const satisfies readonly (keyof Functions)[];

/** libc with some of its functions. Close it after use. */
export type LibcPart<Name extends keyof Functions> = Deno.DynamicLibrary<Pick<Functions, Name>>;

/** Name of libc: glibc on Linux, the system library on macOS. */
const LIBRARIES: Partial<Record<typeof Deno.build.os, string>> = {
  linux: "libc.so.6",
  darwin: "libSystem.B.dylib",
};

/**
 * Opens libc with some of its functions.
 *
 * @throws {Error} on another system, with another C library, or without permission
 */
export function openLibc<Name extends keyof Functions>(...names: Name[]): LibcPart<Name> {
  const library = LIBRARIES[Deno.build.os];
  if (library === undefined) throw new OperationError(`${Deno.build.os} has no known libc`);
  const functions = Object.fromEntries(names.map((name) => [name, FUNCTIONS[name]]));
  return Deno.dlopen(library, functions as Pick<Functions, Name>);
}

/**
 * The same for optional functions: undefined if libc cannot be opened. It never prompts the user.
 */
export function openLibcIfPossible<Name extends keyof Functions>(
  ...names: Name[]
): LibcPart<Name> | undefined {
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return undefined;
  try {
    return openLibc(...names);
  } catch {
    return undefined;
  }
}

/** A failed system call. */
export class SystemError extends OperationError {
  override name = "SystemError";
  /** The error number, such as {@linkcode EAGAIN}. */
  readonly errno: number;

  constructor(call: string, errno: number, reason: string) {
    super(`${call} failed: ${reason} (errno ${errno})`);
    this.errno = errno;
  }
}

/**
 * libc, opened for this thread.
 *
 * Each thread has its error number at its own address. The address is looked up once. Asking for it
 * after a failed call would be another call, and the runtime may change the number in between. So
 * the number is read from memory, first thing after the call.
 */
export class Libc implements Disposable {
  readonly #library = openLibc(...SOCKET_FUNCTIONS);
  readonly #errno: DataView;

  constructor() {
    const place = this.#library.symbols.__errno_location();
    if (place === null) throw new OperationError("libc has no error number for this thread");
    this.#errno = new DataView(Deno.UnsafePointerView.getArrayBuffer(place, 4));
    // Read it once now, so that nothing is compiled between a call and the reading of its error
    // number.
    void this.errno;
  }

  get symbols(): LibcPart<typeof SOCKET_FUNCTIONS[number]>["symbols"] {
    return this.#library.symbols;
  }

  /** Returns the result of a call, or throws the error if the result is negative. */
  check(call: string, result: number): number {
    if (result >= 0) return result;
    const errno = this.errno;
    throw new SystemError(call, errno, this.reason(errno));
  }

  /** The number of this thread's last error. Read it before any other call. */
  get errno(): number {
    return this.#errno.getInt32(0, true);
  }

  /** An error number in words. */
  reason(errno: number): string {
    const pointer = this.symbols.strerror(errno);
    return pointer === null ? "unknown error" : Deno.UnsafePointerView.getCString(pointer);
  }

  [Symbol.dispose](): void {
    this.#library.close();
  }
}
