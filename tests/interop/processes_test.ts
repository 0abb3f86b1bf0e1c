import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { Simulator } from "../../sim/simulator.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { type CapturedPacket, capturing, saveCapture } from "./capture.ts";
import { h5dump, h5dumpTest } from "./h5dump.ts";
import { pythonTest, runPython } from "./python.ts";
import { RUN, withRecording } from "./recording.ts";

const READOUTS = 30;
const SEED = 4711;

pythonTest(
  "sim, daemon and record as processes leave the signals of the seed in a file",
  (python) =>
    inFolder(async (folder) => {
      const [file, capture] = [`${folder}/a.h5`, `${folder}/capture`];
      await withRecording(file, READOUTS, async ({ target, endpoint, finish }) => {
        const begin = String(Date.now() / 1000);
        const summary = await runSim(target);
        await finish();
        await saveCapture(capture, await packetsOf(summary));
        assertEquals(
          await runPython(python, "./recorded_file.py", file, capture, RUN, endpoint, begin),
          `${READOUTS} rows, 0 partial\n`,
        );
      });
    }),
);

h5dumpTest("h5dump -H describes a recorded file", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await withRecording(file, READOUTS, async ({ target, finish }) => {
      await runSim(target);
      await finish();
    });
    const header = await h5dump(file, "-H");
    assertMatch(header, /GROUP "SlowSignal" \{.* DATASET "readout" \{ DATATYPE H5T_COMPOUND/);
    assertStringIncludes(header, 'H5T_ARRAY { [32][64] H5T_IEEE_F32LE } "data";');
    assertMatch(header, /DATASPACE SIMPLE \{ \( 30 \) \/ \( H5S_UNLIMITED \) \}/);
  }));

/** Runs `ssdaq sim`; returns its summary, as text so that its 64-bit numbers stay exact. */
async function runSim(target: string): Promise<string> {
  const { code, stdout, stderr } = await SsdaqProcess.run(
    ...["sim", "--target", target, "--readouts", String(READOUTS), "--seed", String(SEED)],
    ...["--speed", "max", "--json"],
  );
  if (code !== 0) throw new Error(`sim has failed:\n${stderr}`);
  return stdout;
}

/** The packets that a simulator with this summary has sent, made once more. */
async function packetsOf(summary: string): Promise<CapturedPacket[]> {
  const numberOf = (key: string) => BigInt(new RegExp(`"${key}": (\\d+)`).exec(summary)?.[1] ?? 0);
  const packets: CapturedPacket[] = [];
  const simulator = new Simulator({
    readouts: READOUTS,
    seed: SEED,
    speed: Infinity,
    firstTackNs: numberOf("firstTackNs"),
    firstAuxNs: numberOf("firstAuxNs"),
    transport: capturing(() => ({ send: () => Promise.resolve([]), close: () => {} }), packets),
  });
  await simulator.run();
  return packets;
}
