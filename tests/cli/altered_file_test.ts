import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { newDaemonLedger } from "../../lib/ledger/ledger.ts";
import { Publisher } from "../../lib/publisher/publisher.ts";
import { EventWriter } from "../../lib/recording/write/event_writer.ts";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { only } from "../elements.ts";
import { inFolder, makeEvents, readNumbers, rowsNow } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { EventFeed } from "./event_feed.ts";
import type { RecordSummary } from "./pipeline.ts";
import { complaintOf } from "./refused.ts";

/**
 * Records until the file is lost.
 *
 * @returns what the recorder counted
 */
async function lose(
  folder: string,
  act: (file: string) => void,
  ...reasons: string[]
): Promise<RecordSummary> {
  const file = `${folder}/a.h5`;
  await using feed = await EventFeed.start(100);
  await using record = new SsdaqProcess([
    ...["record", file, "--resume", "-e", feed.endpoint, "--json"],
  ]);
  await record.says(/listening to/);
  const before = (await readNumbers(file)).length;
  await waitFor("rows", async () => await rowsNow(file) > before + 20);
  act(file);
  let hasEnded = false;
  void record.ended.then(() => hasEnded = true);
  await waitFor("the recorder to end", () => hasEnded);
  const { code, stdout, stderr } = await record.ended;
  assertEquals(code, 1, stderr);
  const complaint = complaintOf(stderr);
  for (const reason of [file, ...reasons]) assert(complaint.includes(reason), stderr);
  const summary: RecordSummary = JSON.parse(stdout);
  assertEquals(summary.brokenIdentities, []);
  return summary;
}

Deno.test("a file that is cut to nothing under a recorder ends it with 1, and counts as unstored", () =>
  inFolder(async (folder) => {
    const { ledger: { recorder }, files } = await lose(
      folder,
      (file) => Deno.truncateSync(file, 0),
      // What it was just writing may have made the file longer again.
      "something cut or overwrote it",
    );
    assertEquals([recorder.stored, only(files).rows], [0, 0]);
    assertGreater(recorder.unstored, 20);
  }));

Deno.test("of a file that was gone on with no more is uncounted than was stored since", () =>
  inFolder(async (folder) => {
    {
      const destination = { file: `${folder}/a.h5` };
      await using writer = await EventWriter.open({ destination, provenance: {} });
      writer.write(makeEvents(1, 300, 3n), 0);
    }
    const { ledger: { recorder } } = await lose(
      folder,
      (file) => Deno.truncateSync(file, 0),
      "something cut or overwrote it",
    );
    assertEquals(recorder.stored, 0);
    assertGreater(recorder.unstored, 20);
  }));

Deno.test("a file that is replaced under a recorder ends it with 1, and the new one is untouched", () =>
  inFolder(async (folder) => {
    const { ledger: { recorder } } = await lose(
      folder,
      (file) => {
        Deno.writeTextFileSync(`${file}.other`, "precious");
        Deno.renameSync(`${file}.other`, file);
      },
      "something removed or replaced it",
    );
    assertEquals(recorder.stored, 0);
    assertEquals(Deno.readTextFileSync(`${folder}/a.h5`), "precious");
  }));

Deno.test("a file that is cut shortly before a recorder is stopped is noticed too", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const endpoints = ["tcp://127.0.0.1:*"];
    await using publisher = await Publisher.bind({ endpoints, lingerMs: 0 }, newDaemonLedger());
    const endpoint = only(publisher.endpoints);
    await using record = new SsdaqProcess(["record", file, "-e", endpoint, "--json"]);
    await waitFor("the subscriber", () => publisher.subscribers === 1);
    publisher.publish(makeEvents(1, 50));
    // Nothing is being written then, which would make the file longer again.
    await waitFor("rows", async () => await rowsNow(file) === 50);
    Deno.truncateSync(file, 1000);
    const { code, stdout } = await record.stop();
    assertEquals(code, 1);
    assertEquals((JSON.parse(stdout) as RecordSummary).ledger.recorder.stored, 0);
  }));
