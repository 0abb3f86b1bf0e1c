import { daemonPlaces, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals } from "../assert.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { moduleTransport, saveCapture, sendPackets } from "./capture.ts";
import { handmadePackets, MOMENTS, PARTIAL_MOMENTS } from "./handmade_packets.ts";
import { pythonTest, runPython } from "./python.ts";

/** No float64. */
const RUN = String(2n ** 53n + 1n);

const CASES = [
  ["event", "big"],
  ["event", "little"],
  ["readout", "big"],
] as const;

for (const [format, byteOrder] of CASES) {
  pythonTest(
    `pyzmq reads every field of the ${format} message, from ${byteOrder}-endian packets`,
    (python) =>
      inFolder(async (folder) => {
        const packets = handmadePackets(byteOrder);
        const capture = `${folder}/capture`;
        await saveCapture(capture, packets);
        await using daemon = new SsdaqProcess([
          ...["daemon", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0", "--json"],
          ...["--control", "off"],
          // Long enough for all packets to come before the first events are closed.
          ...["--format", format, "--byte-order", byteOrder, "--run", RUN, "--deadline", "1s"],
        ]);
        const { target, endpoint } = await daemonPlaces(daemon);
        const subscriber = runPython(
          python,
          "./subscriber.py",
          ...[endpoint, capture, format, RUN, byteOrder],
        );
        await Promise.race([subscriber, daemon.says(/subscriber joined, now 1/)]);
        await sendPackets(packets, moduleTransport(target));
        assertEquals(await subscriber, `${MOMENTS} messages\n`);
        const { code, stdout } = await daemon.stop();
        assertEquals(code, 0);
        const { built, partial, resets, published } = JSON.parse(stdout).ledger.events;
        assertEquals([built, partial, resets, published], [MOMENTS, PARTIAL_MOMENTS, 1, MOMENTS]);
      }),
  );
}
