import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { newDaemonLedger } from "../../lib/ledger/ledger.ts";
import { Publisher } from "../../lib/publisher/publisher.ts";
import { EventWriter } from "../../lib/recording/write/event_writer.ts";
import type { CameraEvent } from "../../lib/wire/event.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { only } from "../elements.ts";
import { inFolder, makeEvents } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";

/** The largest second that a message or a file can have, and nanoseconds that are none. */
const MAX_U64 = 2n ** 64n - 1n;

/** Three events; those of which the index is given are received at a time that no clock can show. */
function eventsAt(...strange: number[]): CameraEvent[] {
  const events = makeEvents(1, 3);
  for (const [index, event] of events.entries()) {
    // A jump of TACK, so that a plot has to take the receive times.
    event.timestampNs = 2n ** 63n + 2n ** BigInt(50 + index);
    if (strange.includes(index)) event.setReceiveTime(MAX_U64, 2 ** 32 - 1);
  }
  return events;
}

/** Runs a command that must succeed. */
async function stdoutOf(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await SsdaqProcess.run(...args);
  assertEquals(code, 0, `${args.join(" ")}\n${stderr}`);
  return stdout;
}

Deno.test("a file with times that no clock can show is described, drawn and exported", () =>
  inFolder(async (folder) => {
    const [all, last] = [`${folder}/all.h5`, `${folder}/last.h5`];
    for (const [file, strange] of [[all, [0, 1, 2]], [last, [2]]] as const) {
      await using writer = await EventWriter.open({ destination: { file }, provenance: {} });
      writer.write(eventsAt(...strange), 0);
    }
    assertStringIncludes(await stdoutOf("info", all), "18446744073709552000 s");
    JSON.parse(await stdoutOf("info", all, "--json"));
    await stdoutOf("plot", all, "--event", "1", "-o", `${folder}/event.svg`);
    await stdoutOf("plot", all, "--rms", "-o", `${folder}/rms.svg`);
    await stdoutOf("plot", last, "--series", "-o", `${folder}/series.svg`);
    assertStringIncludes(await stdoutOf("export", all, "-o", "-"), `,${MAX_U64},4294967295,`);
    for (const form of ["npz", "parquet"]) {
      await stdoutOf("export", all, "--to", form, "-o", `${folder}/all.${form}`);
    }
  }));

Deno.test("events with times that no clock can show are printed and recorded", () =>
  inFolder(async (folder) => {
    const endpoints = ["tcp://127.0.0.1:*"];
    await using publisher = await Publisher.bind({ endpoints, lingerMs: 0 }, newDaemonLedger());
    const endpoint = only(publisher.endpoints);
    const file = `${folder}/a.h5`;
    const forms = ["text", "json", "csv", "stats"].map((form) => ["listen", "--as", form]);
    const readers = [...forms, ["record", file, "--json"]].map((args) =>
      new SsdaqProcess([...args, "-e", endpoint, "--events", "3"])
    );
    await waitFor("the subscribers", () => publisher.subscribers === readers.length);
    publisher.publish(eventsAt(1));
    for (const reader of readers) {
      const { code, stderr } = await reader.ended;
      assertEquals(code, 0, stderr);
    }
    await stdoutOf("info", file);
  }));
