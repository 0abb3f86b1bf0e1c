import { Simulator } from "../../sim/simulator.ts";
import { assertEquals } from "../assert.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { type CapturedPacket, capturing, moduleTransport, saveCapture } from "./capture.ts";
import { Follower } from "./follower.ts";
import { pythonTest, runPython } from "./python.ts";
import { RUN, withRecording } from "./recording.ts";

/** No float64. */
const FIRST_TACK_NS = 1_790_000_000_000_000_001n;
const FIRST_AUX_NS = 2n ** 64n - 1n - 60_000_000_000n;
const PERIOD_NS = 100_000_000n;

pythonTest(
  "h5py, PyTables and a reader like the original's find the exact signals in a recorded file",
  (python) =>
    inFolder(async (folder) => {
      const [file, capture] = [`${folder}/a.h5`, `${folder}/capture`];
      await withRecording(file, 40, async ({ target, endpoint, finish }) => {
        const begin = String(Date.now() / 1000);
        const packets = await simulate(target, { modules: 32, readouts: 40 });
        await saveCapture(capture, packets);
        await finish();
        assertEquals(
          await runPython(python, "./recorded_file.py", file, capture, RUN, endpoint, begin),
          "40 rows, 0 partial\n",
        );
        assertEquals(await runPython(python, "./original_reader.py", file, capture), "40 rows\n");
      });
    }),
);

pythonTest(
  "h5py with swmr=True follows a recording, which then holds complete and partial events",
  (python) =>
    inFolder(async (folder) => {
      const [file, capture] = [`${folder}/a.h5`, `${folder}/capture`];
      await withRecording(file, 20, async ({ target, endpoint, finish }) => {
        const begin = String(Date.now() / 1000);
        await using follower = new Follower(python, file, capture, 20);
        await follower.sees(0);
        const packets = await simulate(target, { modules: 32, readouts: 10 });
        await follower.sees(10);
        packets.push(...await simulate(target, { modules: 30, readouts: 10, first: 10 }));
        await saveCapture(capture, packets);
        await follower.sees(20);
        await follower.ended;
        await finish();
        assertEquals(
          await runPython(python, "./recorded_file.py", file, capture, RUN, endpoint, begin),
          "20 rows, 10 partial\n",
        );
        assertEquals(await runPython(python, "./original_reader.py", file, capture), "20 rows\n");
      });
    }),
);

/** Sends what modules would by real UDP, at once; returns the packets. */
async function simulate(
  target: string,
  { modules, readouts, first = 0 }: { modules: number; readouts: number; first?: number },
): Promise<CapturedPacket[]> {
  const packets: CapturedPacket[] = [];
  const sinceStartNs = BigInt(first) * PERIOD_NS;
  const simulator = new Simulator({
    modules,
    readouts,
    seed: first,
    speed: Infinity,
    firstTackNs: FIRST_TACK_NS + sinceStartNs,
    firstAuxNs: FIRST_AUX_NS + sinceStartNs,
    transport: capturing(moduleTransport(target), packets),
  });
  assertEquals((await simulator.run()).readoutsSent, modules * readouts);
  return packets;
}
