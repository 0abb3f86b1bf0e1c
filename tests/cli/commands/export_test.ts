import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { SsdaqProcess } from "../../../cli/process/ssdaq_process.ts";
import { rowsOf } from "../../../cli/recording/file_rows.ts";
import { exportParquet } from "../../../lib/export/parquet_export.ts";
import { TableReader } from "../../../lib/recording/read/table_reader.ts";
import { EventWriter } from "../../../lib/recording/write/event_writer.ts";
import { assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { pythonTest, runPython } from "../../interop/python.ts";
import { inFolder, makeEvents, namesIn, readRows, TACK_NS } from "../../lib/recording/fixtures.ts";
import { dataOf } from "../pipeline.ts";
import { refused } from "../refused.ts";

/** A file with events 1 to `events` of run 2^53 + 1; every fourth is complete. */
async function writeFile(file: string, events: number): Promise<void> {
  await using writer = await EventWriter.open({ destination: { file }, provenance: {} });
  const made = makeEvents(1, events, 2n ** 53n + 1n);
  for (const event of made) event.flags = Number(event.number) % 4 === 0 ? 1 : 2;
  await writer.write(made, 0);
}

const inFile = (events: number, test: (folder: string, file: string) => Promise<void>) =>
  inFolder(async (folder) => {
    await writeFile(`${folder}/a.h5`, events);
    await test(folder, `${folder}/a.h5`);
  });

Deno.test("export writes CSV: a row an event, a column a pixel, empty where a module is absent", () =>
  inFile(5, async (folder, file) => {
    const output = `${folder}/a.csv`;
    const told = dataOf<Record<string, unknown>>(
      await SsdaqProcess.run("export", file, "-o", output, "--json"),
    );
    assertEquals([told.format, told.events, told.pixels], ["csv", 5, 2048]);
    assertEquals(Deno.statSync(output).size, told.bytes);
    const [head = "", ...lines] = Deno.readTextFileSync(output).trimEnd().split("\n");
    const names = head.split(",");
    assertEquals(
      names.slice(0, 10).join(),
      [
        "event_number,run,timestamp_ns,receive_s,receive_ns",
        "modules,mask,flags,epoch,slot00_line00",
      ].join(),
    );
    assertEquals([names.length, names.at(-1)], [9 + 2048, "slot31_line63"]);
    const rows = await readRows(file);
    assertEquals(lines.length, 5);
    lines.forEach((line, index) => {
      const cells = line.split(",");
      const number = index + 1;
      assertEquals(cells.slice(0, 9), [
        ...[`${number}`, "9007199254740993", `${TACK_NS + BigInt(number)}`],
        ...[`${1_700_000_000 + number}`, `${999_999_999 - number}`],
        ...["30", `${0x7fffffdf}`, number === 4 ? "1" : "2", "0"],
      ]);
      const values = cells.slice(9).map((cell) => cell === "" ? NaN : Number(cell));
      assertEquals(Float32Array.from(values), nth(rows, index).millivolts);
    });
  }));

Deno.test("export of some events and pixels goes to stdout too", () =>
  inFile(9, async (_folder, file) => {
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await SsdaqProcess.run("export", file, "-o", "-", ...args);
      assertEquals(code, 0, stderr);
      return stdout.trimEnd().split("\n").map((line) => line.split(","));
    };
    const [head = [], ...rows] = await run("--pixel", "3:5", "--events", "2..3", "--events", "8..");
    assertEquals(head.slice(9), ["slot03_line05"]);
    assertEquals(rows.map((row) => row[0]), ["2", "3", "8", "9"]);
    assertEquals(rows.map((row) => Number(row[9])), [2, 3, 8, 9].map((n) => n + 3 + 5 / 64));
    const [both = []] = await run(
      ...["--slot", "31", "--slot", "1", "--pixel", "0:63", "--pixel", "1:0"],
    );
    assertEquals([both.length - 9, both[9], both[10], both[74]], [
      129,
      ...["slot00_line63", "slot01_line00", "slot31_line00"],
    ]);
    assertEquals((await run("--complete")).slice(1).map((row) => row[0]), ["4", "8"]);
    assertEquals((await run("--events", "5")).length, 2);
  }));

pythonTest(
  "NumPy reads what export wrote, exactly as the file has it",
  (python) =>
    inFile(200, async (folder, file) => {
      const output = `${folder}/a.npz`;
      const args = ["export", file, "--to", "npz", "-o", output];
      dataOf(await SsdaqProcess.run(...args, "--json"));
      const script = "../cli/exported.py";
      assertEquals(await runPython(python, script, file, output), "200 200 2048 149.7882\n");
      dataOf(await SsdaqProcess.run(...args, "--slot", "7", "--slot", "31", "--json"));
      assertMatch(await runPython(python, script, file, output, "7", "31"), /^200 200 128 /);
    }),
);

Deno.test("export writes Parquet, a column a pixel, in row groups", () =>
  inFile(70, async (folder, file) => {
    const output = `${folder}/a.parquet`;
    dataOf(await SsdaqProcess.run("export", file, "-o", output, "--json"));
    const buffer = await asyncBufferFromFile(output);
    const { num_rows, schema } = await parquetMetadataAsync(buffer);
    assertEquals([num_rows, schema.length], [70n, 1 + 9 + 2048]);
    const read = await parquetReadObjects({ file: buffer });
    const rows = await readRows(file);
    read.forEach((row, index) => {
      const event = nth(rows, index);
      const { number, run, timestampNs, receiveSeconds, receiveNanoseconds, mask, flags } = event;
      assertEquals(Object.values(row).slice(0, 9), [
        ...[number, run, timestampNs, receiveSeconds, Number(receiveNanoseconds), 30, mask, flags],
        0,
      ]);
      assertEquals(Float32Array.from(Object.values(row).slice(9)), event.millivolts);
    });
    assertEquals(read.length, 70);
  }));

Deno.test("Parquet of more events than a row group holds has them all, in order", () =>
  inFolder(async (folder) => {
    const EVENTS = 70_000;
    async function* rows() {
      for (let number = 1; number <= EVENTS; number++) {
        yield {
          ...{ number: BigInt(number), run: 1n, timestampNs: BigInt(number), receiveTime: 0 },
          ...{ receiveSeconds: 0n, receiveNanoseconds: 0n, mask: 0xffffffff, flags: 1, epoch: 2 },
          millivolts: Float32Array.of(number / 2),
          timesNs: new BigUint64Array(64),
        };
        if (number % 10_000 === 0) await Promise.resolve();
      }
    }
    const path = `${folder}/a.parquet`;
    assertEquals(await exportParquet({ rows, pixels: [0] }, path), EVENTS);
    const file = await asyncBufferFromFile(path);
    const { row_groups } = await parquetMetadataAsync(file);
    assertEquals(row_groups.map(({ num_rows }) => num_rows), [65_536n, 4464n]);
    const read = await parquetReadObjects({
      file,
      columns: ["event_number", "slot00_line00", "mask"],
    });
    assertEquals(read.length, EVENTS);
    read.forEach((row, index) => {
      assertEquals(row, {
        ...{ event_number: BigInt(index + 1), mask: 0xffffffff, slot00_line00: (index + 1) / 2 },
      });
    });
  }));

Deno.test("export refuses what it cannot write, says what to do, and leaves nothing behind", () =>
  inFile(3, async (folder, file) => {
    const output = `${folder}/out.csv`;
    await refused(2, ["export"], "export: no file");
    await refused(2, ["export", file, "--to", "xls"], "give one of csv, npz, parquet");
    await refused(2, ["export", file, "-o", "-", "--to", "npz"], "only csv goes to stdout");
    await refused(2, ["export", file, "-o", "-", "--json"], "give only one of them");
    await refused(2, ["export", file, "-o", `${folder}/a.txt`], "or give --to FORMAT");
    await refused(
      2,
      ["export", file, "-o", `${folder}/b.h5`, "--to", "csv"],
      "does not replace a recording",
    );
    const link = `${folder}/link.csv`;
    Deno.symlinkSync(file, link);
    await refused(2, ["export", file, "-o", link], "export does not replace a recording");
    Deno.removeSync(link);
    await refused(2, ["export", file, "--events", "5..3"], "give the smaller number first");
    await refused(2, ["export", file, "--events", "a"], "give N, A..B or A..");
    await refused(
      1,
      ["export", file, "-o", output, "--events", "9"],
      "has no event with these numbers",
    );
    await refused(1, ["export", file, "-o", `${folder}/no/a.csv`], "the folder does not exist");
    await refused(1, ["export", `${folder}/b.h5`], "there is no such file");
    assertEquals(namesIn(folder), ["a.h5"]);
  }));

Deno.test("a reading that is stopped ends with an error, for half a file is none", () =>
  inFile(200, async (_folder, file) => {
    using reader = await TableReader.open(file);
    const stopping = new AbortController();
    const told: number[] = [];
    let rows = 0;
    await assertRejects(
      async () => {
        const reading = {
          ...{ onProgress: (read: number) => told.push(read), signal: stopping.signal },
          output: "a.csv",
        };
        for await (const _row of rowsOf(reader, reading)) if (++rows === 70) stopping.abort();
      },
      Error,
      "stopped after 128 of 200 events: a.csv was not written",
    );
    assertEquals([rows, told], [128, [64, 128]]);
  }));

Deno.test("export, plot and info tell two starts of a run apart, and read files without epochs", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    {
      await using writer = await EventWriter.open({ destination: { file }, provenance: {} });
      writer.write(makeEvents(1, 3, 7n, 11), 0);
      writer.write(makeEvents(1, 2, 7n, 12), 0);
    }
    const csv = async (...args: string[]) => {
      const { stdout } = await SsdaqProcess.run("export", "-o", "-", "--pixel", "0:0", ...args);
      return stdout.trimEnd().split("\n").slice(1).map((line) => {
        const [number, run, , , , , , , epoch] = line.split(",");
        return `${run}/${epoch}/${number}`;
      });
    };
    assertEquals(await csv(file), ["7/11/1", "7/11/2", "7/11/3", "7/12/1", "7/12/2"]);
    assertEquals(await csv(file, "--run", "7", "--epoch", "12"), ["7/12/1", "7/12/2"]);
    const none = await SsdaqProcess.run("export", file, "--epoch", "13", "-o", `${folder}/a.csv`);
    assertMatch(none.stderr, /has no event of epoch 13; see ssdaq info/);
    const picture = `${folder}/a.svg`;
    const plot = (...args: string[]) =>
      SsdaqProcess.run("plot", "-o", picture, "--json", ...args).then(dataOf<{ events: number }>);
    assertEquals((await plot(file, "--epoch", "12")).events, 2);
    const told = await SsdaqProcess.run("info", file);
    assertMatch(told.stdout, /^run 7, epoch 11: events 1 to 3, 0 missing/m);
    assertMatch(told.stdout, /^run 7, epoch 12: events 1 to 2, 0 missing/m);
    const data = await SsdaqProcess.run("info", file, "--json").then(dataOf<Runs>);
    assertEquals(data.runs.map(({ run, epoch, events }) => [run, epoch, events]), [
      [7, 11, 3],
      [7, 12, 2],
    ]);

    const without = new URL("../../lib/recording/data/without_epoch.h5", import.meta.url).pathname;
    assertEquals((await csv(without)).slice(18), ["1/0/19", "1/0/20"]);
    assertEquals((await plot(without, "--series")).events, 20);
    const before = await SsdaqProcess.run("info", without, "--json").then(dataOf<Runs>);
    assertEquals(before.runs.map(({ run, epoch, events }) => [run, epoch, events]), [[1, 0, 20]]);
    const repaired = await SsdaqProcess.run("repair", without, "--json");
    assertMatch(repaired.stdout, /"runs": \[\s*\{\s*"run": 1,\s*"epoch": 0,\s*"lastNumber": 20/);
  }));

interface Runs {
  runs: { run: number; epoch: number; events: number }[];
}
