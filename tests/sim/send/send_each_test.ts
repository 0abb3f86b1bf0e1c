import { EAGAIN, EINTR } from "../../../lib/linux/libc.ts";
import { sendEach } from "../../../sim/send/send_each.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { VirtualClock } from "../virtual_clock.ts";

const EINVAL = 22;

/** Runs sendEach with a kernel that answers so; returns what it was asked and what failed. */
async function run(count: number, answers: number[]) {
  const clock = new VirtualClock();
  const startMs = clock.time;
  const asked: [number, number][] = [];
  const failures: [number, number][] = [];
  await sendEach(
    count,
    (from, many) => {
      asked.push([from, many]);
      // The last answer stands for all that follow.
      return (answers.length > 1 ? answers.shift() : answers[0]) ?? 0;
    },
    (index, errno) => failures.push([index, errno]),
    clock,
  );
  return { asked, failures, waitedMs: clock.time - startMs, sleeps: clock.sleeps.length };
}

Deno.test("sendEach() asks once when everything goes", async () => {
  assertEquals(await run(32, [32]), { asked: [[0, 32]], failures: [], waitedMs: 0, sleeps: 0 });
});

Deno.test("sendEach() goes on after what was sent, when that is less than asked", async () => {
  const { asked, failures } = await run(32, [10, 1, 21]);
  assertEquals(asked, [[0, 32], [10, 22], [11, 21]]);
  assertEquals(failures, []);
});

Deno.test("sendEach() reports the message that fails, and goes on after it", async () => {
  const { asked, failures } = await run(4, [1, -EINVAL, -EINVAL, 1]);
  assertEquals(asked, [[0, 4], [1, 3], [2, 2], [3, 1]]);
  assertEquals(failures, [[1, EINVAL], [2, EINVAL]]);
});

Deno.test("sendEach() reports the last message when it fails", async () => {
  assertEquals((await run(3, [2, -EINVAL])).failures, [[2, EINVAL]]);
});

Deno.test("sendEach() asks again at once when it is interrupted", async () => {
  const { asked, failures, sleeps } = await run(2, [-EINTR, 2]);
  assertEquals(asked, [[0, 2], [0, 2]]);
  assertEquals([failures.length, sleeps], [0, 0]);
});

Deno.test("sendEach() waits while the kernel's buffer is full", async () => {
  const { asked, failures, sleeps } = await run(2, [1, -EAGAIN, -EAGAIN, 1]);
  assertEquals(asked, [[0, 2], [1, 1], [1, 1], [1, 1]]);
  assertEquals([failures.length, sleeps], [0, 2]);
});

Deno.test("sendEach() gives each message up after a second of a full buffer", async () => {
  const { failures, waitedMs } = await run(3, [-EAGAIN]);
  assertEquals(failures, [[0, EAGAIN], [1, EAGAIN], [2, EAGAIN]]);
  assertAlmostEquals(waitedMs, 3000, 10);
});

Deno.test("sendEach() ends even where nothing is sent and no error told", async () => {
  assertEquals((await run(2, [0])).failures, [[0, 0], [1, 0]]);
});
