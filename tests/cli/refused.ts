import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { only } from "../elements.ts";

/** What a command said on stderr, less its log: the lines that begin with a time. */
export function complaintsOf(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line !== "" && !/^\d{4}-\d\d-\d\dT/.test(line));
}

/**
 * The one thing that a command complained of.
 *
 * @param called what is told when it is not one
 */
export function complaintOf(stderr: string, called = stderr): string {
  const complaints = complaintsOf(stderr);
  assertEquals(complaints.length, 1, called);
  return only(complaints);
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
  const complaint = complaintOf(ended.stderr, called);
  assertStringIncludes(complaint, "error: ", called);
  for (const part of parts) assertStringIncludes(complaint, part, called);
  for (const trace of ["    at ", "defect", "\x1b", "os error"]) {
    assertEquals(complaint.includes(trace), false, called);
  }
  // Before anything has started, not even the log says anything.
  if (code === 2) assertEquals(ended.stderr, `${complaint}\n`);
  assertEquals(ended.code, code, called);
}
