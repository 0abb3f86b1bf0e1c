import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals } from "../assert.ts";
import { nth } from "../elements.ts";
import { inFolder, rowsNow } from "../lib/recording/fixtures.ts";
import { OWN_HOST } from "../own_host.ts";
import { waitFor } from "../wait_for.ts";
import { dataOf, infoOf, type RecordSummary, simulate, startDaemonAt } from "./pipeline.ts";

Deno.test("a daemon that is started again with the same --run loses no event of its recorder", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const first = await startDaemonAt(OWN_HOST, "--run", "7");
    const places = ["-p", first.endpoint, "--control", new URL(first.control ?? "").host];
    await using record = new SsdaqProcess(
      ["record", file, "-e", first.endpoint, "--fill-gaps", first.control ?? "", "--json"],
    );
    await record.says(/connected to/);
    await simulate(first.target, "--readouts", "100", "--speed", "max");
    await waitFor("the first run", async () => await rowsNow(file) === 100);
    await first.daemon.stop();
    await first[Symbol.asyncDispose]();
    await using second = new SsdaqProcess(["daemon", "-l", "127.0.0.1:0", "--run", "7", ...places]);
    const target = nth(await second.says(/receiving on udp:\/\/(\S+)/), 1);
    await second.says(/publishing run 7/);
    await simulate(target, "--readouts", "100", "--speed", "max");
    await waitFor("the second run", async () => await rowsNow(file) === 200);
    const { ledger: { recorder } } = dataOf<RecordSummary>(await record.stop());
    // One that is fetched while it is on its way comes twice.
    assertEquals([recorder.stored, recorder.missed], [200, 0]);
    assertEquals(recorder.heard + recorder.filled, recorder.stored + recorder.duplicate);
    assertEquals((await infoOf(file)).rows, 200);
  }));
