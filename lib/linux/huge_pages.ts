import { openLibcIfPossible } from "./libc.ts";

/** madvise(2): back this memory with huge pages when it is first written. */
const MADV_HUGEPAGE = 14;

const HUGE_PAGE_BYTES = 2n ** 21n;

/**
 * Asks Linux for pages of 2 MiB for large memory, if possible. On other systems it does nothing.
 *
 * With small pages, the first write to 256 MiB can take a second, and packets arrive meanwhile.
 * Measured on a virtual machine: 990 ms, against 20 to 50 ms.
 */
export function askForHugePages(memory: Uint8Array<ArrayBuffer>): void {
  if (Deno.build.os !== "linux") return;
  const library = openLibcIfPossible("madvise");
  if (library === undefined) return;
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory));
  const start = (address + HUGE_PAGE_BYTES - 1n) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
  const end = (address + BigInt(memory.length)) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
  library.symbols.madvise(start, end - start, MADV_HUGEPAGE);
  library.close();
}
