import { EventWriter } from "../../lib/recording/write/event_writer.ts";
import { assertMatch, assertStringIncludes } from "../assert.ts";
import { inFolder, makeEvent, makeEvents } from "../lib/recording/fixtures.ts";
import { h5dump, h5dumpTest } from "./h5dump.ts";
import { pythonTest, runPython } from "./python.ts";

const provenance = {
  ssdaq_version: "0.1.0",
  host: "Zürich",
  configuration: JSON.stringify({ text: "x".repeat(70_000) }),
};

function someEvents() {
  const extreme = makeEvent(1);
  extreme.number = 2n ** 64n - 1n;
  extreme.run = 2n ** 53n + 1n;
  extreme.timestampNs = 2n ** 63n + 1n;
  extreme.mask = 0xffffffff;
  extreme.flags = 0xffffffff;
  extreme.epoch = 0xfffffffe;
  extreme.millivolts.set([Infinity, -Infinity, -0, 1e-40, 0.1, 5000.3]);
  return [...makeEvents(1, 21), extreme];
}

for (const compression of ["none", "gzip:1", "gzip:9"] as const) {
  pythonTest(
    `h5py and PyTables read every value written with ${compression}`,
    (python) =>
      inFolder(async (folder) => {
        const file = `${folder}/a.h5`;
        const events = someEvents();
        {
          await using writer = await EventWriter.open({
            destination: { file },
            compression,
            provenance,
          });
          writer.write(events.slice(0, 3), 0);
          writer.tick(1000);
          writer.write(events.slice(3), 1000);
        }
        const rows = events.map((event) => ({
          iro: String(event.number),
          time: String(event.timestampNs),
          cpu_t_s: String(event.receiveSeconds),
          cpu_t_ns: event.receiveNanoseconds,
          run: String(event.run),
          mask: event.mask,
          flags: event.flags,
          epoch: event.epoch,
          tm_time: Array.from(
            { length: 32 },
            (_, slot) => [String(event.tPrim(slot)), String(event.tAux(slot))],
          ),
        }));
        const expected = `${folder}/expected.json`;
        const millivolts = `${folder}/millivolts.f64`;
        await Deno.writeTextFile(expected, JSON.stringify({ rows, provenance }));
        await Deno.writeFile(
          millivolts,
          new Uint8Array(await new Blob(events.map((event) => event.millivolts)).arrayBuffer()),
        );
        await runPython(python, "./file_reads.py", file, expected, millivolts, compression);
      }),
  );
}

h5dumpTest("h5dump -H describes the table", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    {
      await using writer = await EventWriter.open({ destination: { file }, provenance });
      writer.write(someEvents(), 0);
    }
    const header = await h5dump(file, "-H", "-p");
    assertStringIncludes(
      header,
      'DATATYPE H5T_COMPOUND { H5T_STD_U64LE "iro"; H5T_STD_U64LE "time"; ' +
        'H5T_IEEE_F64LE "cpu_t"; H5T_STD_U64LE "cpu_t_s"; H5T_STD_U64LE "cpu_t_ns"; ' +
        'H5T_ARRAY { [32][64] H5T_IEEE_F32LE } "data"; H5T_STD_U64LE "run"; ' +
        'H5T_STD_U32LE "mask"; H5T_STD_U32LE "flags"; ' +
        'H5T_ARRAY { [32][2] H5T_STD_U64LE } "tm_time"; ' +
        'H5T_STD_U32LE "epoch"; }',
    );
    assertMatch(header, /DATASPACE SIMPLE \{ \( 22 \) \/ \( H5S_UNLIMITED \) \}/);
    assertMatch(header, /SHUFFLE .*DEFLATE \{ LEVEL 1 \} .*FLETCHER32/);
  }));
