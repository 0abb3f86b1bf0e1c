import { openLibc } from "./libc.ts";

/** Of Linux on x86-64 and aarch64, and of macOS. */
const SIGXFSZ = 25;
const SIG_IGN = 1n;

/**
 * Makes a write beyond `ulimit -f` fail as one on a full disk does, from now on: SIGXFSZ, which comes
 * with it, would kill the process.
 *
 * It is ignored by the system: a listener of Deno's ends before the process does, and a signal that is
 * still on its way to it then kills.
 */
export function surviveFileSizeLimit(): void {
  if (Deno.build.os === "windows") return;
  try {
    const library = openLibc("signal");
    library.symbols.signal(SIGXFSZ, Deno.UnsafePointer.create(SIG_IGN));
    library.close();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    // Another C library: nearly always enough.
    Deno.addSignalListener("SIGXFSZ", () => {});
  }
}
