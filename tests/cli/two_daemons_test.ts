import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { inFolder, namesIn, readRows } from "../lib/recording/fixtures.ts";
import { upTo } from "../up_to.ts";
import { dataOf, type RecordSummary, simulate, startDaemon } from "./pipeline.ts";

/** Records 50 events of each of two daemons at once, and returns what the recorder said. */
async function recordTwo(...args: string[]): Promise<{ summary: RecordSummary; stderr: string }> {
  await using one = await startDaemon("--run", "7");
  await using other = await startDaemon("--run", "8");
  await using record = new SsdaqProcess([
    ...["record", "-e", one.endpoint, "-e", other.endpoint, "--fill-gaps", "off"],
    ...["--events", "100", "--json", ...args],
  ]);
  await one.daemon.says(/subscriber joined, now 1\b/);
  await other.daemon.says(/subscriber joined, now 1\b/);
  const options = ["--readouts", "50", "--speed", "5"];
  await Promise.all([one, other].map(({ target }) => simulate(target, ...options)));
  const ended = await record.ended;
  return { summary: dataOf<RecordSummary>(ended), stderr: ended.stderr };
}

Deno.test("record writes a file for each of two daemons that send at once", () =>
  inFolder(async (folder) => {
    const { summary } = await recordTwo("--folder", folder, "--enumerate", "order");
    assertEquals(namesIn(folder), ["SlowSignal.00001.h5", "SlowSignal.00002.h5"]);
    const runs = await Promise.all(summary.files.map(async ({ path, rows }) => {
      const read = await readRows(path);
      assertEquals(rows, 50);
      assertEquals(read.map(({ number }) => Number(number)), upTo(50));
      const [run, ...others] = new Set(read.map(({ run }) => run));
      assertEquals(others, []);
      return run;
    }));
    assertEquals(runs.sort(), [7n, 8n]);
  }));

Deno.test("record FILE of two daemons is one file, and says how its rows are told apart", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const { summary, stderr } = await recordTwo(file);
    assertEquals(summary.files.map(({ path, rows }) => [path, rows]), [[file, 100]]);
    assertMatch(
      stderr,
      /a\.h5 has events of several runs: use the columns run and epoch to tell its rows/,
    );
    const rows = await readRows(file);
    for (const run of [7n, 8n]) {
      const ofRun = rows.filter((row) => row.run === run);
      assertEquals(ofRun.map(({ number }) => Number(number)), upTo(50));
    }
  }));
