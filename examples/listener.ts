/**
 * A listener: it hears the events of a daemon, each once and in order, and prints which modules are
 * absent. It fetches missed events from the daemon's control port.
 *
 * Start it beside a simulator (`ssdaq sim`) and a daemon (`ssdaq daemon`). Ctrl-C ends it:
 *
 *     deno run --allow-ffi --allow-read --allow-net examples/listener.ts [ENDPOINT [CONTROL]]
 *
 * The default of ENDPOINT is tcp://127.0.0.101:5555, and of CONTROL http://127.0.0.1:8642. With the
 * word `off` for CONTROL it fetches nothing and does not need `--allow-net`. ZeroMQ needs the
 * permissions for FFI and reading.
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

const log = ({ text }: Notice) => console.error(text); // for example: the daemon does not answer
await using listener = await Listener.connect({
  endpoints: [endpoint],
  ...(control === "off" ? {} : { source: new ReplayClient({ url: control, log }) }),
});
console.log(`listening to ${endpoint}`);

// Events that were published before Ctrl-C are still heard.
Deno.addSignalListener("SIGINT", () => listener.end());

for await (const event of listener) show(event);

const { heard, filled, missed } = listener.ledger.recorder;
console.log(`heard ${heard}, fetched ${filled}, missed ${missed}`);

/** Prints an event: put your own analysis here. */
function show(event: CameraEvent): void {
  // 2048 voltages: slot s and raw line l at index 64 s + l. An absent module has NaN.
  const { mean } = amplitudesOf(event.millivolts);
  const absent = slotsOf(ALL_SLOTS & ~event.mask);
  const flags = Object.entries(EventFlag).filter(([, bit]) => (event.flags & bit) !== 0);
  console.log(
    `run ${event.run} event ${event.number} at TACK ${event.timestampNs} ns ` +
      `(spread ${event.spreadNs} ns): ${flags.map(([name]) => name).join(", ")}, ` +
      `absent: ${absent.join(" ") || "none"}, mean ${mean.toFixed(2)} mV`,
  );
}
