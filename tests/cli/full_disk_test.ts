import { SsdaqProcess } from "../../cli/ssdaq_process.ts";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { inFolder, readNumbers } from "../lib/writer/fixtures.ts";
import { EventFeed } from "./event_feed.ts";
import type { RecordSummary } from "./pipeline.ts";
import { complaintsOf } from "./refused.ts";

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
  const complaints = complaintsOf(stderr);
  assertEquals(complaints.length, 1, stderr);
  assert(complaints[0].includes(`cannot write to ${file}: ${reason}; it holds`), stderr);
  const { files, ledger: { recorder }, brokenIdentities }: RecordSummary = JSON.parse(stdout);
  assertEquals(brokenIdentities, []);
  assertGreater(recorder.unstored, 0);
  assertGreater(recorder.stored, 0);
  assertEquals(files.map(({ path, rows }) => [path, rows]), [[file, recorder.stored]]);
  assertEquals(await SsdaqProcess.run("repair", file).then(({ code }) => code), 0);
  const numbers = await readNumbers(file);
  assertEquals(numbers, Array.from({ length: recorder.stored }, (_, i) => numbers[0] + i));
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

const canMount = await mounts();

for (const compression of COMPRESSIONS) {
  Deno.test({
    name: `a full disk ends a recording with ${compression}, and every stored event is in the ` +
      `file${canMount ? "" : " (skipped: may not mount)"}`,
    ignore: !canMount,
    fn: () =>
      onSmallDisk((folder) =>
        recordsUntilFull(`${folder}/a.h5`, compression, "No space left on device")
      ),
  });
}

/** Runs a test in a file system of 1 MiB. */
async function onSmallDisk(test: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    assert(succeeds("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder));
    try {
      await test(folder);
    } finally {
      succeeds("umount", folder);
    }
  });
}

async function mounts(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  try {
    await onSmallDisk(async () => {});
    return true;
  } catch {
    return false;
  }
}
