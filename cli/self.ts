import { denoArguments } from "./ssdaq_process.ts";

/** How to start ssdaq again. */
export function selfCommand(args: readonly string[]): { executable: string; args: string[] } {
  return { executable: Deno.execPath(), args: denoArguments(args) };
}
