/**
 * A listener: it hears the events of a daemon, each once and in order, and prints which modules are
 * absent. From the daemon's control port it fetches the events that it did not hear.
 *
 * Start it beside a simulator (`ssdaq sim`) and a daemon (`ssdaq daemon`). Ctrl-C ends it:
 *
 *     deno run --allow-ffi --allow-read --allow-net examples/listener.ts [ENDPOINT [CONTROL]]
 *
 * ENDPOINT is tcp://127.0.0.101:5555 and CONTROL http://127.0.0.1:8642 unless you give others; with
 * the word `off` for CONTROL it fetches nothing, and needs no `--allow-net`. FFI and reading are for
 * ZeroMQ.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import type { Notice } from "@ssdaq/ssdaq";
import { Listener } from "@ssdaq/ssdaq/listener";
import { ReplayClient } from "@ssdaq/ssdaq/replay";
import { amplitudesOf } from "@ssdaq/ssdaq/statistics";
import { ALL_SLOTS, type CameraEvent, EventFlag, slotsOf } from "@ssdaq/ssdaq/wire";

const [endpoint = "tcp://127.0.0.101:5555", control = "http://127.0.0.1:8642"] = Deno.args;

const log = ({ text }: Notice) => console.error(text); // such as: the daemon does not answer
await using listener = await Listener.connect({
  endpoints: [endpoint],
  ...(control === "off" ? {} : { source: new ReplayClient({ url: control, log }) }),
});
console.log(`listening to ${endpoint}`);

// What was published before Ctrl-C is still heard.
Deno.addSignalListener("SIGINT", () => listener.end());

for await (const event of listener) show(event);

const { heard, filled, missed } = listener.ledger.recorder;
console.log(`heard ${heard}, fetched ${filled}, missed ${missed}`);

/** Prints an event: put your own analysis here. */
function show(event: CameraEvent): void {
  // 2048 voltages: slot s and raw line l at index 64 s + l. NaN stands for an absent module.
  const { mean } = amplitudesOf(event.millivolts);
  const absent = slotsOf(ALL_SLOTS & ~event.mask);
  const flags = Object.entries(EventFlag).filter(([, bit]) => (event.flags & bit) !== 0);
  console.log(
    `run ${event.run} event ${event.number} at TACK ${event.timestampNs} ns ` +
      `(spread ${event.spreadNs} ns): ${flags.map(([name]) => name).join(", ")}, ` +
      `absent: ${absent.join(" ") || "none"}, mean ${mean.toFixed(2)} mV`,
  );
}
