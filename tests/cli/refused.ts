import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";

/** What a command said on stderr, less its log: the lines that begin with a time. */
export function complaintsOf(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line !== "" && !/^\d{4}-\d\d-\d\dT/.test(line));
}

/**
 * Runs a command that must fail with one line on stderr, nothing on stdout, and no trace of where
 * in the program it came about.
 *
 * @param parts what the line contains
 */
export async function refused(code: number, args: string[], ...parts: string[]): Promise<void> {
  await using process = new SsdaqProcess(args);
  const ended = await process.ended;
  const called = `ssdaq ${args.join(" ")}\n${ended.stderr}`;
  assertEquals(ended.stdout, "", called);
  const complaints = complaintsOf(ended.stderr);
  assertEquals(complaints.length, 1, called);
  assertStringIncludes(complaints[0], "error: ", called);
  for (const part of parts) assertStringIncludes(complaints[0], part, called);
  for (const trace of ["    at ", "defect", "\x1b", "os error"]) {
    assertEquals(complaints[0].includes(trace), false, called);
  }
  // Before anything has started, not even the log says anything.
  if (code === 2) assertEquals(ended.stderr, `${complaints[0]}\n`);
  assertEquals(ended.code, code, called);
}
