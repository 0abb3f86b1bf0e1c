import { openLibcIfPossible } from "./libc.ts";

/** RLIMIT_NOFILE on Linux, on x86-64 and aarch64. */
const RLIMIT_NOFILE = 7;

/** What is assumed where the limit cannot be read: the usual soft limit of a Linux system. */
export const ASSUMED_DESCRIPTORS = 1024;

/**
 * The number of files and sockets that this process may have open; 1024 where it is unknown: on
 * other systems than Linux, with another C library, and without permission. Deno raises the limit as
 * far as it may when it starts.
 */
export function descriptorLimit(): number {
  if (Deno.build.os !== "linux") return ASSUMED_DESCRIPTORS;
  const library = openLibcIfPossible("getrlimit");
  if (library === undefined) return ASSUMED_DESCRIPTORS;
  // struct rlimit: soft and hard, u64 each.
  const limits = new BigUint64Array(2);
  const result = library.symbols.getrlimit(RLIMIT_NOFILE, limits);
  library.close();
  return result === 0 ? Number(limits[0]) : ASSUMED_DESCRIPTORS;
}
