import { openLibcIfPossible } from "./libc.ts";

/** struct timex on 64-bit Linux, and the offset of its status: adjtimex(2). */
const TIMEX_BYTES = 208;
const TIMEX_STATUS = 40;
const STA_UNSYNC = 0x40;

/** Whether the kernel says that its clock is synchronised; undefined if unknown. */
export function isClockSynchronised(): boolean | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const library = openLibcIfPossible("adjtimex");
  if (library === undefined) return undefined;
  const timex = new Uint8Array(TIMEX_BYTES);
  const state = library.symbols.adjtimex(timex);
  library.close();
  if (state < 0) return undefined;
  return (new DataView(timex.buffer).getInt32(TIMEX_STATUS, true) & STA_UNSYNC) === 0;
}
