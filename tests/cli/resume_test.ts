import { selfCommand } from "../../cli/process/self.ts";
import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assert, assertEquals, assertGreater, assertMatch } from "../assert.ts";
import { first, last } from "../elements.ts";
import { inFolder, namesIn, readNumbers, rowsNow } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { EventFeed } from "./event_feed.ts";
import { dataOf, infoOf, type RecordSummary } from "./pipeline.ts";
import { refused } from "./refused.ts";

Deno.test("record --resume goes on in the file of a killed recorder, each event once, gaps counted", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await using feed = await EventFeed.start(100);
    {
      await using record = new SsdaqProcess(["record", file, "-e", feed.endpoint]);
      await record.says(/listening to/);
      await waitFor("rows", async () => await rowsNow(file) > 20);
      await refused(1, ["repair", file], `cannot repair ${file}: it is being written`);
      await record.stop("SIGKILL");
    }
    await using record = new SsdaqProcess(
      ["record", file, "--resume", "-e", feed.endpoint, "--events", "50", "--json"],
    );
    const { ledger: { recorder } } = dataOf<RecordSummary>(await record.ended);
    const numbers = await readNumbers(file);
    assertEquals(recorder.stored, 50);
    assertGreater(recorder.missed, 0);
    assertEquals(new Set(numbers).size, numbers.length);
    assertEquals(last(numbers) - first(numbers) + 1 - numbers.length, recorder.missed);
    assertEquals((await infoOf(file)).unclosed, false);
    const { stdout } = await SsdaqProcess.run("info", file);
    assertMatch(stdout, /account at .*, when the file was closed\nrecorder .* stored 50 /);
    const repaired = await SsdaqProcess.run("repair", file);
    assertMatch(repaired.stdout, /: nothing to repair, \d+ events\n/);
  }));

const STRACE = ["-f", "-qq", "-e", "trace=fsync,fdatasync"];
const hasStrace = await canTrace();

Deno.test({
  name: `record --sync waits for the disk${hasStrace ? "" : " (skipped: no strace)"}`,
  ignore: !hasStrace,
  fn: () =>
    inFolder(async (folder) => {
      await using feed = await EventFeed.start(50);
      const args = ["record", `${folder}/a.h5`, "-e", feed.endpoint, "--events", "120", "--sync"];
      const self = selfCommand(args);
      const { code, stderr } = await new Deno.Command("strace", {
        args: [...STRACE, "-o", `${folder}/trace`, self.executable, ...self.args],
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const trace = Deno.readTextFileSync(`${folder}/trace`);
      // The new file, the folder, and at the end.
      assertGreater(trace.match(/ fsync\(/g)?.length ?? 0, 2);
      // Two flushes at least within two seconds.
      assert((trace.match(/ fdatasync\(/g)?.length ?? 0) >= 2, trace);
    }),
});

for (const [nth, what] of [[2, "before"], [3, "after"]] as const) {
  Deno.test({
    name:
      `record --sync leaves nothing behind where its folder cannot be synchronised ${what} the ` +
      `file has its name${hasStrace ? "" : " (skipped: no strace)"}`,
    ignore: !hasStrace,
    fn: () =>
      inFolder(async (folder) => {
        const file = `${folder}/a.h5`;
        const self = selfCommand(["record", file, "--sync", "-e", "ipc:///nobody/is/here"]);
        const inject = `inject=fsync:error=EIO:when=${nth}`;
        const { code, stderr } = await new Deno.Command("strace", {
          args: [
            ...["-f", "-qq", "-e", "trace=fsync", "-e", inject, "-o", "/dev/null"],
            ...[self.executable, ...self.args],
          ],
        }).output();
        const said = new TextDecoder().decode(stderr);
        assertEquals(code, 1, said);
        assertMatch(said, new RegExp(`error: cannot create ${file}: Input/output error`));
        assertEquals(namesIn(folder), []);
      }),
  });
}

async function canTrace(): Promise<boolean> {
  try {
    return (await new Deno.Command("strace", { args: ["-f", "-o", "/dev/null", "true"] }).output())
      .success;
  } catch {
    return false;
  }
}
