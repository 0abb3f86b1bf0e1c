import { selfCommand } from "../../cli/process/self.ts";
import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assert, assertEquals, assertGreater, assertGreaterOrEqual } from "../assert.ts";
import { first } from "../elements.ts";
import { inFolder, namesIn, readNumbers, rowsNow } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { EventFeed } from "./event_feed.ts";
import { dataOf, type RecordSummary, simulate, startDaemon } from "./pipeline.ts";
import { complaintOf } from "./refused.ts";
import { CAN_MOUNT, onSmallDisk } from "./small_disk.ts";

const COMPRESSIONS = ["none", "gzip:1"];

/** Whether a command ends well. */
function succeeds(name: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(name, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Records until that fails, and checks what is told and what is left. */
async function recordsUntilFull(
  file: string,
  compression: string,
  reason: string,
  onStart: (pid: number) => void = () => {},
): Promise<void> {
  await using feed = await EventFeed.start(400);
  await using record = new SsdaqProcess(
    ["record", file, "-e", feed.endpoint, "--compression", compression, "--json"],
  );
  await record.says(/listening to/);
  onStart(record.pid);
  const { code, stdout, stderr } = await record.ended;
  assertEquals(code, 1, stderr);
  assert(complaintOf(stderr).includes(`cannot write to ${file}: ${reason}; it holds`), stderr);
  const { files, ledger: { recorder }, brokenIdentities }: RecordSummary = JSON.parse(stdout);
  assertEquals(brokenIdentities, []);
  assertGreater(recorder.unstored, 0);
  assertGreater(recorder.stored, 0);
  assertEquals(files.map(({ path, rows }) => [path, rows]), [[file, recorder.stored]]);
  assertEquals(await SsdaqProcess.run("repair", file).then(({ code }) => code), 0);
  const numbers = await readNumbers(file);
  // The repair may find events that were written, but that HDF5 could not put into its table.
  assertGreaterOrEqual(numbers.length, recorder.stored);
  assertEquals(numbers, Array.from(numbers, (_, i) => first(numbers) + i));
}

const hasPrlimit = succeeds("prlimit", "--version");

for (const compression of COMPRESSIONS) {
  Deno.test({
    name: `a limit of file size ends a recording with ${compression} like a full disk, and every ` +
      `stored event is in the file${hasPrlimit ? "" : " (skipped: no prlimit)"}`,
    ignore: !hasPrlimit,
    fn: () =>
      inFolder((folder) =>
        recordsUntilFull(
          `${folder}/a.h5`,
          compression,
          "File too large",
          (pid) => assert(succeeds("prlimit", "--pid", String(pid), "--fsize=1000000")),
        )
      ),
  });
}

Deno.test({
  name: "after a full disk the next file goes on without a gap",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await using running = await startDaemon();
      const { endpoint, control = "" } = running;
      const args = ["record", "--folder", folder, "-e", endpoint, "--fill-gaps", control];
      args.push("--compression", "none", "--enumerate", "order", "--resume", "--json");
      await using _sim = new SsdaqProcess(["sim", "--target", running.target, "--speed", "30"]);
      // A limit of 1 to 2 MB, whatever the unit of blocks is.
      const script = 'ulimit -f 2048; exec "$0" "$@"';
      const self = selfCommand(args);
      const limited = await new Deno.Command("sh", {
        args: ["-c", script, self.executable, ...self.args],
      }).output();
      assertEquals(limited.code, 1);
      await using record = new SsdaqProcess(args);
      await record.says(/listening to/);
      await waitFor("rows in the next file", async () => {
        const [, second] = namesIn(folder);
        return second !== undefined && await rowsNow(`${folder}/${second}`) > 200;
      });
      const { ledger: { recorder } } = dataOf<RecordSummary>(await record.stop());
      assertEquals([recorder.missed, recorder.unstored], [0, 0]);
      assertGreater(recorder.filled, 0);
      const files = await Promise.all(
        namesIn(folder).map((name) => readNumbers(`${folder}/${name}`)),
      );
      assertGreater(first(files).length, 20);
      const numbers = files.flat();
      assertEquals(numbers, numbers.map((_, index) => index + 1));
    }),
});

const canMount = CAN_MOUNT;

for (const compression of COMPRESSIONS) {
  Deno.test({
    name: `a full disk ends a recording with ${compression}, and every stored event is in the ` +
      `file${canMount ? "" : " (skipped: may not mount)"}`,
    ignore: !canMount,
    fn: () =>
      onSmallDisk(
        "1m",
        (folder) => recordsUntilFull(`${folder}/a.h5`, compression, "No space left on device"),
      ),
  });
}

Deno.test({
  name: "what was moved off a full disk is not stored again" +
    (canMount ? "" : " (skipped: may not mount)"),
  ignore: !canMount,
  fn: () =>
    onSmallDisk("1m", (disk) =>
      inFolder(async (elsewhere) => {
        await using running = await startDaemon();
        const { endpoint, control = "" } = running;
        await simulate(running.target, "--readouts", "200", "--speed", "100");
        const args = ["record", "--folder", disk, "-e", endpoint, "--fill-gaps", control];
        args.push("--compression", "none", "--enumerate", "order", "--resume", "--json");
        const full = await SsdaqProcess.run(...args);
        assertEquals(full.code, 1, full.stderr);
        const { ledger }: RecordSummary = JSON.parse(full.stdout);
        for (const name of namesIn(disk)) {
          Deno.copyFileSync(`${disk}/${name}`, `${elsewhere}/${name}`);
          Deno.removeSync(`${disk}/${name}`);
          assertEquals((await SsdaqProcess.run("repair", `${elsewhere}/${name}`)).code, 0);
        }
        const more = await SsdaqProcess.run(...args, "--events", "30");
        assertEquals(dataOf<RecordSummary>(more).ledger.recorder.missed, 0);
        const numbers = [];
        for (const folder of [elsewhere, disk]) {
          for (const name of namesIn(folder)) {
            numbers.push(...await readNumbers(`${folder}/${name}`));
          }
        }
        assertEquals(numbers.length, ledger.recorder.stored + 30);
        assertEquals(numbers, numbers.map((_, index) => index + 1));
      })),
});
