/**
 * System calls of daemon, recorder and simulator that fail: some at random, and those that were told
 * wrongly once. `deno task failures` does all of them.
 *
 * @module
 */

import { CALL_KINDS, type CallFailure } from "../../scripts/failures/call_failure.ts";
import { Calls } from "../../scripts/failures/calls.ts";
import { accountOf, endingOf } from "../../scripts/failures/ending.ts";
import { sampleFailures } from "../../scripts/failures/sample.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { SEED } from "../property.ts";

const SAMPLES = 18;
const AT_ONCE = 4;

const canInject = await injects();

async function injects(): Promise<boolean> {
  try {
    const args = ["-f", "-o", "/dev/null", "-e", "inject=chdir:error=EIO", "true"];
    return (await new Deno.Command("strace", { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

function failureOf(program: CallFailure["program"], name: string, nth: number): CallFailure {
  const kind = CALL_KINDS.find((kind) => kind.name === name);
  assert(kind !== undefined);
  return { program, kind, error: kind.errors[0] ?? "", nth };
}

/** No descriptor for a socket of ZeroMQ, for its monitor, and for ZeroMQ itself; full disks. */
const TOLD_ONCE = [
  failureOf("daemon", "wake", 2),
  failureOf("record", "wake", 5),
  failureOf("record", "open", 3),
  failureOf("record", "pwrite", 60),
  failureOf("sim", "rename", 1),
];

Deno.test({
  name:
    "a process whose system calls fail goes on or says why, and its files have what it counted" +
    (canInject ? "" : " (skipped: no strace)"),
  ignore: !canInject,
  async fn() {
    await using calls = await Calls.start();
    const todo = [...TOLD_ONCE, ...sampleFailures(SAMPLES, SEED)].values();
    const defects: unknown[] = [];
    let came = 0;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (const failure of todo) {
        const { name, ending, defect } = await calls.fail(failure);
        if (ending !== undefined) came++;
        if (defect !== undefined) defects.push({ name, defect });
      }
    }));
    assertEquals(defects, [], `SSDAQ_SEED=${SEED}`);
    assert(came >= TOLD_ONCE.length, `${came} calls failed`);
  },
});

const ended = (code: number, stderr: string, stdout = "") => ({ code, stderr, stdout });

Deno.test("an ending is good if the process went on, or told in one line why it did not", () => {
  assertEquals(endingOf(ended(0, ""), false), "went on");
  assertEquals(endingOf(ended(1, "a line\nerror: the disk is full\n"), false), "told and ended");
  assertEquals(
    endingOf(ended(134, "Too many open files (/x/src/ip_resolver.cpp:542)\n"), true),
    "runtime ended",
  );
});

Deno.test("an ending is a defect if nothing is told, too much, or what nobody can read", () => {
  for (
    const [code, stderr] of [
      [0, "error: the disk is full\n"],
      [1, ""],
      [1, "error: one\nerror: two\n"],
      [1, "error: one (a defect in ssdaq; --debug shows where)\n"],
      [1, "error: one\n    at file:///x.ts:1:1\n"],
      [1, "error: Uncaught (in promise) Error: one\n"],
      [134, "Too many open files (/x/src/ip_resolver.cpp:542)\n"],
      [139, ""],
    ] as const
  ) {
    assertThrows(() => endingOf(ended(code, stderr), false), Error);
  }
  assertThrows(() => endingOf(ended(139, ""), true), Error);
});

Deno.test("an account that is not closed is a defect, and one that is missing is none", () => {
  assertEquals(accountOf(ended(1, "")), undefined);
  assertEquals(accountOf(ended(0, "", '{"brokenIdentities":[]}')), { brokenIdentities: [] });
  assertThrows(() => accountOf(ended(0, "", '{"brokenIdentities":["a = b"]}')), Error, "a = b");
});

Deno.test("a sample of failures is the same for the same seed", () => {
  const names = (seed: number) =>
    sampleFailures(9, seed).map(({ program, kind, error, nth }) =>
      `${program} ${kind.name} ${error} ${nth}`
    );
  assertEquals(names(5), names(5));
  assert(names(5).join() !== names(6).join());
});
