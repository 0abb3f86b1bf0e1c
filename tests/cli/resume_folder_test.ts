import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals, assertMatch, assertNotEquals } from "../assert.ts";
import { inFolder, namesIn, readNumbers } from "../lib/recording/fixtures.ts";
import { upTo } from "../up_to.ts";
import {
  dataOf,
  type RecordSummary,
  type RunningDaemon,
  simulate,
  startDaemon,
} from "./pipeline.ts";

/** What a recorder needs to store the next events of a daemon in several files of a folder. */
function recordArgs({ endpoint, control = "" }: RunningDaemon, folder: string, events: number) {
  return [
    ...["record", "--folder", folder, "--prefix", "a", "--enumerate", "order", "--resume"],
    ...["--max-size", "500kB", "--compression", "none", "--events", String(events)],
    ...["-e", endpoint, "--fill-gaps", control, "--json"],
  ];
}

async function numbersIn(folder: string): Promise<number[]> {
  const names = namesIn(folder).filter((name) => name.endsWith(".h5"));
  return (await Promise.all(names.map((name) => readNumbers(`${folder}/${name}`)))).flat();
}

/** Stores 200 of 300 events, does something to the folder, and stores the rest. */
async function resumes(
  between: (folder: string) => void,
  after: (folder: string, stderr: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    await using running = await startDaemon();
    await simulate(running.target, "--readouts", "300", "--speed", "100");
    dataOf(await SsdaqProcess.run(...recordArgs(running, folder, 200)));
    assertEquals(await numbersIn(folder), upTo(200));
    between(folder);
    const ended = await SsdaqProcess.run(...recordArgs(running, folder, 100));
    const { ledger: { recorder } } = dataOf<RecordSummary>(ended);
    assertEquals([recorder.stored, recorder.missed], [100, 0]);
    await after(folder, ended.stderr);
  });
}

Deno.test("record --resume stores no event twice, though an older file was touched", () =>
  resumes(
    (folder) => {
      const soon = Date.now() / 1000 + 3600;
      Deno.utimeSync(`${folder}/${namesIn(folder)[0]}`, soon, soon);
    },
    async (folder) => assertEquals(await numbersIn(folder), upTo(300)),
  ));

Deno.test("record --resume stores no event twice, though files were moved off the disk", () => {
  const moved = Deno.makeTempDirSync({ prefix: "ssdaq_test" });
  const finished = resumes(
    (folder) => {
      for (const name of namesIn(folder).slice(1)) {
        Deno.renameSync(`${folder}/${name}`, `${moved}/${name}`);
      }
    },
    async (folder, stderr) => {
      const here = await numbersIn(folder);
      const there = await numbersIn(moved);
      assertNotEquals(there, []);
      assertEquals([...here, ...there].sort((a, b) => a - b), upTo(300));
      assertMatch(stderr, /is no longer in .* up to event 200, are not stored again/);
    },
  );
  return finished.finally(() => Deno.removeSync(moved, { recursive: true }));
});

const hasFifos = Deno.build.os !== "windows";

Deno.test({
  name: "record --resume leaves links to nothing and FIFOs alone, and ends with SIGTERM",
  ignore: !hasFifos,
  fn: () =>
    resumes(
      (folder) => {
        Deno.symlinkSync("nowhere", `${folder}/a.00097.h5`);
        makeFifo(`${folder}/a.00098.h5`);
        makeFifo(`${folder}/.a.00099.h5.new`);
        Deno.writeTextFileSync(`${folder}/.a.00001.h5.new`, "of a recorder that was killed");
      },
      async (folder, stderr) => {
        assertMatch(
          stderr,
          /not changed: \S+a\.00097\.h5: it is a link to a file that does not exist\n/,
        );
        assertMatch(stderr, /not changed: \S+a\.00098\.h5: it is not a plain file\n/);
        for (const name of ["a.00097.h5", "a.00098.h5"]) Deno.removeSync(`${folder}/${name}`);
        assertEquals(await numbersIn(folder), upTo(300));
        assertEquals(namesIn(folder).filter((name) => name.endsWith(".new")), [
          ".a.00099.h5.new",
        ]);
        makeFifo(`${folder}/a.00097.h5`);
        const args = ["record", "--folder", folder, "--prefix", "a", "--resume"];
        await using record = new SsdaqProcess([...args, "-e", "ipc:///nobody/is/here"]);
        await record.says(/listening to/);
        assertEquals((await record.stop("SIGTERM")).code, 0);
      },
    ),
});

function makeFifo(path: string): void {
  const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  assertEquals(success, true);
}
