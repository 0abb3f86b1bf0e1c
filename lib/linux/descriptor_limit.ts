import { openLibcIfPossible } from "./libc.ts";

/** Its number on Linux. */
const RLIMIT_NOFILE = 7;

/**
 * How many descriptors this process may have open; undefined if unknown. Deno raises the limit to
 * the hard one when it starts.
 */
export function descriptorLimit(): number | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const library = openLibcIfPossible("getrlimit");
  if (library === undefined) return undefined;
  // struct rlimit: current, maximum.
  const limit = new BigUint64Array(2);
  const result = library.symbols.getrlimit(RLIMIT_NOFILE, limit);
  library.close();
  return result === 0 ? Number(limit[0]) : undefined;
}
