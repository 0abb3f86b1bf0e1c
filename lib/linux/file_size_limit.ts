import { openLibc } from "./libc.ts";

/** Its number on Linux (x86-64 and aarch64) and macOS. */
const SIGXFSZ = 25;
const SIG_IGN = 1n;

/**
 * After this, a write beyond `ulimit -f` fails like one on a full disk. Without it, the signal
 * SIGXFSZ would kill the process.
 *
 * The system itself ignores the signal. A Deno listener ends before the process does, and a signal
 * that is still on its way then would kill the process.
 */
export function surviveFileSizeLimit(): void {
  if (Deno.build.os === "windows") return;
  try {
    const library = openLibc("signal");
    library.symbols.signal(SIGXFSZ, Deno.UnsafePointer.create(SIG_IGN));
    library.close();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    // Another C library: this works nearly always.
    Deno.addSignalListener("SIGXFSZ", () => {});
  }
}
