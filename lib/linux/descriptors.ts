import { openLibcIfPossible } from "./libc.ts";

/** RLIMIT_NOFILE on Linux, on x86-64 and aarch64. */
const RLIMIT_NOFILE = 7;

/** What is assumed where the limit cannot be read: the usual soft limit of a Linux system. */
export const ASSUMED_DESCRIPTORS = 1024;

/** More is not asked for: the kernel's table of descriptors takes 8 bytes for each. */
const MOST_DESCRIPTORS = 65_536;

/** The limits of this process on open descriptors: what holds, and how far it may be raised. */
export interface DescriptorLimits {
  soft: number;
  hard: number;
}

/**
 * How many files and sockets this process may have open.
 *
 * @returns undefined on other systems than Linux, with another C library, or without permission
 */
export function descriptorLimits(): DescriptorLimits | undefined {
  if (Deno.build.os !== "linux") return undefined;
  using library = open();
  return library?.read();
}

/** The number of files and sockets that this process may have open; 1024 where it is unknown. */
export function descriptorLimit(): number {
  return descriptorLimits()?.soft ?? ASSUMED_DESCRIPTORS;
}

/**
 * Raises the limit on open descriptors as far as this user may, up to 65 536. Nothing happens where
 * that is not possible.
 *
 * @returns the limit that holds now; 1024 where it is unknown
 */
export function raiseDescriptorLimit(): number {
  if (Deno.build.os !== "linux") return ASSUMED_DESCRIPTORS;
  using library = open();
  const limits = library?.read();
  if (library === undefined || limits === undefined) return ASSUMED_DESCRIPTORS;
  const { soft, hard } = limits;
  const wanted = Math.min(hard, MOST_DESCRIPTORS);
  if (wanted > soft) library.write(wanted);
  return library.read()?.soft ?? soft;
}

function open() {
  const library = openLibcIfPossible("getrlimit", "setrlimit");
  if (library === undefined) return undefined;
  const { getrlimit, setrlimit } = library.symbols;
  // struct rlimit: two u64. The hard limit is given back as it was read, every bit of it.
  const limits = new BigUint64Array(2);
  return {
    read(): DescriptorLimits | undefined {
      if (getrlimit(RLIMIT_NOFILE, limits) !== 0) return undefined;
      return { soft: Number(limits[0]), hard: Number(limits[1]) };
    },
    write(soft: number): void {
      limits[0] = BigInt(soft);
      // What holds after it is read again: a refusal changes nothing.
      setrlimit(RLIMIT_NOFILE, limits);
    },
    [Symbol.dispose]: () => library.close(),
  };
}
