/** A kind of system call. */
export interface CallKind {
  name: string;
  /** The calls, as strace names them; `?` before those that not every system has. */
  calls: string;
  /** Why they fail. */
  errors: readonly string[];
  /** About how many of them a short recording makes: samples are drawn from these. */
  about: number;
  /**
   * Whether only calls on files of the test fail. The others of this kind are of the runtime: V8
   * and ZeroMQ wake their threads by writing.
   */
  onFilesOnly?: boolean;
  /**
   * Whether the runtime may end the process when it fails: V8 when there is no memory, Deno when it
   * cannot read its own signals or wait for its sockets, libzmq when it has no descriptor.
   */
  mayEndRuntime?: boolean;
}

/** All kinds of system calls that fail. */
export const CALL_KINDS: readonly CallKind[] = [
  { name: "open", calls: "openat,?open", about: 45, errors: ["EMFILE", "EIO"] },
  { name: "read", calls: "read,pread64", about: 60, errors: ["EIO"], onFilesOnly: true },
  { name: "write", calls: "write", about: 12, errors: ["ENOSPC", "EIO"], onFilesOnly: true },
  { name: "pwrite", calls: "pwrite64", about: 100, errors: ["ENOSPC", "EIO"], onFilesOnly: true },
  { name: "stat", calls: "statx,?stat,?fstat,?newfstatat", about: 60, errors: ["EIO"] },
  { name: "sync", calls: "fsync,fdatasync", about: 12, errors: ["EIO", "ENOSPC"] },
  { name: "rename", calls: "?rename,?renameat,renameat2", about: 2, errors: ["EIO", "ENOSPC"] },
  { name: "link", calls: "?link,linkat", about: 4, errors: ["EIO", "EPERM"] },
  { name: "unlink", calls: "?unlink,unlinkat", about: 5, errors: ["EIO"] },
  { name: "truncate", calls: "ftruncate", about: 4, errors: ["EIO"], onFilesOnly: true },
  { name: "lock", calls: "flock", about: 12, errors: ["ENOLCK", "EINTR"] },
  { name: "statfs", calls: "statfs,fstatfs", about: 4, errors: ["EIO"] },
  { name: "folder", calls: "getdents64", about: 6, errors: ["EIO"] },
  { name: "mmap", calls: "mmap", about: 60, errors: ["ENOMEM"], mayEndRuntime: true },
  { name: "socket", calls: "socket", about: 4, errors: ["EMFILE", "ENOMEM"], mayEndRuntime: true },
  { name: "bind", calls: "bind,listen", about: 4, errors: ["EADDRINUSE", "ENOMEM"] },
  { name: "connect", calls: "connect", about: 4, errors: ["ECONNREFUSED", "ENOMEM"] },
  {
    name: "option",
    calls: "setsockopt,getsockopt,getsockname",
    about: 20,
    errors: ["ENOMEM"],
    mayEndRuntime: true,
  },
  { name: "accept", calls: "accept4,?accept", about: 5, errors: ["EMFILE", "ECONNABORTED"] },
  {
    name: "send",
    calls: "sendto,sendmsg,sendmmsg",
    about: 12,
    errors: ["ECONNRESET", "ENOBUFS", "EINTR"],
    mayEndRuntime: true,
  },
  {
    name: "receive",
    calls: "recvfrom,recvmsg,recvmmsg",
    about: 12,
    errors: ["ECONNRESET", "EINTR", "EAGAIN"],
    mayEndRuntime: true,
  },
  { name: "wake", calls: "eventfd2,?eventfd", about: 6, errors: ["EMFILE"], mayEndRuntime: true },
  {
    name: "epoll",
    calls: "epoll_ctl,?epoll_create1",
    about: 15,
    errors: ["ENOMEM"],
    mayEndRuntime: true,
  },
];

/** One failure of one program. */
export interface CallFailure {
  program: "daemon" | "record" | "sim";
  kind: CallKind;
  error: string;
  /** Which call of the kind fails, from 1, in each thread. */
  nth: number;
}

/** As it is named in reports, and by `--only`. */
export function nameOf({ program, kind, error, nth }: CallFailure): string {
  return `${program} ${kind.name} ${error} ${nth}`;
}
