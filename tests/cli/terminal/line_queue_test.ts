import { LineQueue } from "../../../cli/terminal/line_queue.ts";
import { assert, assertEquals } from "../../assert.ts";
import { fc } from "../../property.ts";

const LONG_MS = 10_000;
const notice = (count: number, reason: string) => `${count} dropped: ${reason}\n`;

/** A place where a write takes until it is let go on, or fails. */
class Place {
  /** What was written, a write each. */
  readonly texts: string[] = [];
  #gate: PromiseWithResolvers<void> | undefined;
  failure: Error | undefined;

  /** What is written from now on waits. */
  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  readonly write = async (text: string) => {
    await this.#gate?.promise;
    if (this.failure !== undefined) throw this.failure;
    this.texts.push(text);
  };
}

Deno.test("LineQueue writes lines in order, those that wait at once", async () => {
  const place = new Place();
  const queue = new LineQueue({ write: place.write, notice });
  for (const line of ["1\n", "2\n", "3\n"]) queue.push(line);
  assertEquals([place.texts, queue.waiting], [[], 3]);
  assertEquals(await queue.flush(LONG_MS), true);
  assertEquals(place.texts, ["1\n2\n3\n"]);
  assertEquals([queue.waiting, queue.dropped], [0, 0]);
});

Deno.test("LineQueue that nobody reads drops new lines, and tells how many", async () => {
  const place = new Place();
  const queue = new LineQueue({ write: place.write, notice, maxLength: 6 });
  place.hold();
  queue.push("1\n");
  assertEquals(await queue.flush(1), false);
  for (const line of ["2\n", "3\n", "4\n", "5\n"]) queue.push(line);
  assertEquals([queue.waiting, queue.dropped], [3, 2]);
  place.release();
  assertEquals(await queue.flush(LONG_MS), true);
  assertEquals(place.texts, ["1\n", "2\n3\n", "2 dropped: no program read them\n"]);
  queue.push("6\n");
  await queue.flush(LONG_MS);
  assertEquals(place.texts.at(-1), "6\n");
  assertEquals(queue.dropped, 2);
});

Deno.test("LineQueue counts lines whose writing fails, and tells why before the next", async () => {
  const place = new Place();
  const queue = new LineQueue({ write: place.write, notice });
  place.failure = new Error("No space left on device (os error 28)");
  for (const line of ["1\n", "2\n", "3\n"]) {
    queue.push(line);
    assertEquals(await queue.flush(LONG_MS), true);
  }
  assertEquals([place.texts, queue.waiting, queue.dropped], [[], 0, 3]);
  place.failure = undefined;
  queue.push("4\n");
  await queue.flush(LONG_MS);
  assertEquals(place.texts, ["3 dropped: No space left on device\n4\n"]);
});

Deno.test("LineQueue writes a line that is longer than it, when none waits", async () => {
  const place = new Place();
  const queue = new LineQueue({ write: place.write, notice, maxLength: 4 });
  queue.push("a long line\n");
  await queue.flush(LONG_MS);
  assertEquals([place.texts, queue.dropped], [["a long line\n"], 0]);
});

Deno.test("LineQueue dresses lines when they are written, and again when it is refreshed", async () => {
  const place = new Place();
  let status = "old";
  const dress = (lines: string) => `${lines}<${status}>`;
  const queue = new LineQueue({ write: place.write, notice, dress });
  queue.push("1\n");
  status = "new";
  await queue.flush(LONG_MS);
  queue.refresh();
  queue.refresh();
  await queue.flush(LONG_MS);
  assertEquals(place.texts, ["1\n<new>", "<new>"]);
});

Deno.test("whatever happens to lines, each is written once and in order, or counted", async () => {
  const act = fc.constantFrom("push", "hold", "release", "fail", "mend", "wait");
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const place = new Place();
      const queue = new LineQueue({ write: place.write, notice, maxLength: 100 });
      let pushed = 0;
      for (const now of acts) {
        if (now === "push") queue.push(`line ${pushed++}\n`);
        else if (now === "hold") place.hold();
        else if (now === "release") place.release();
        else if (now === "fail") place.failure = new Error("broken");
        else if (now === "mend") place.failure = undefined;
        else for (let turn = 0; turn < 10; turn++) await Promise.resolve();
        assert(queue.waiting * "line 0\n".length <= 100);
      }
      place.failure = undefined;
      place.release();
      assert(await queue.flush(LONG_MS));
      // So that what was dropped last is told, too.
      queue.push(`line ${pushed++}\n`);
      assert(await queue.flush(LONG_MS));
      const lines = place.texts.join("").trimEnd().split("\n");
      const written = lines.filter((line) => line.startsWith("line ")).map((line) => line.slice(5));
      assertEquals(written, written.toSorted((a, b) => Number(a) - Number(b)));
      assertEquals(new Set(written).size, written.length);
      assertEquals(written.length + queue.dropped, pushed);
      const told = lines.reduce((sum, line) => sum + Number(/^(\d+) dr/.exec(line)?.[1] ?? 0), 0);
      assertEquals(told, queue.dropped);
    }),
    { numRuns: 500 },
  );
});
