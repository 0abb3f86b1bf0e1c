import { formatDuration } from "../lib/config/duration.ts";
import { ConfigurationError } from "../lib/errors.ts";
import { Simulator } from "../sim/simulator.ts";
import type { SimulatorSummary } from "../sim/simulator_summary.ts";
import { defineCommand } from "./command.ts";
import { count, table } from "./format.ts";
import {
  choice,
  duration,
  integer,
  optional,
  positive,
  text,
  udpAddress,
  withDefault,
} from "./option.ts";
import { Rate, StatusLoop } from "./status_loop.ts";

const MAX_U32 = 2 ** 32 - 1;

/** `ssdaq sim`: sends what the modules of a camera would. */
export const sim = defineCommand({
  name: "sim",
  summary: "simulate the camera's modules, each sending from its own address",
  usage: "sim [options]",
  maxOperands: 0,
  options: {
    modules: withDefault(integer(1, 32), "32", {
      placeholder: "N",
      help: "how many modules",
    }),
    target: withDefault(udpAddress("127.0.0.1"), "127.0.0.1:2009", {
      placeholder: "HOST:PORT",
      help: "where the packets go",
    }),
    rate: withDefault(positive, "10", { placeholder: "HZ", help: "readouts a second a module" }),
    readoutsPerPacket: withDefault(integer(1, 62), "10", {
      placeholder: "N",
      help: "readouts in a packet",
    }),
    firstAddress: withDefault(text, "127.0.0.101", {
      placeholder: "IP",
      help: "address of the first module; the others count on",
    }),
    duration: optional(duration, {
      placeholder: "TIME",
      help: "end after this much camera time (TACK), such as 60s",
    }),
    readouts: optional(integer(1, Number.MAX_SAFE_INTEGER), {
      placeholder: "N",
      help: "end after so many readouts a module",
    }),
    speed: withDefault(speedOf, "1", {
      placeholder: "X",
      help: "how much faster than camera time to send, or max",
    }),
    seed: withDefault(integer(0, MAX_U32), "1", {
      placeholder: "N",
      help: "the same seed gives the same signals",
    }),
    byteOrder: withDefault(choice("big", "little"), "big", {
      placeholder: "ORDER",
      help: "byte order of the packets: big or little",
    }),
  },
  examples: [
    ["ssdaq sim --modules 32", "a whole camera at 10 readouts a second, until Ctrl-C"],
    ["ssdaq sim --duration 60s --speed 10", "a minute of camera time in six seconds"],
    ["ssdaq sim --modules 4 --target 127.0.0.1:2010 --json", "four modules to another port"],
  ],
  async run({ values, terminal, signal }) {
    const { duration: durationMs, readouts, rate, ...rest } = values;
    if (durationMs !== undefined && readouts !== undefined) {
      throw new ConfigurationError("--duration and --readouts: give one of them");
    }
    const simulator = new Simulator({
      ...rest,
      rate,
      readouts: durationMs === undefined
        ? readouts
        : Math.max(1, Math.round(durationMs / 1000 * rate)),
      log: (line) => terminal.log(line),
    });
    const { hostname, port } = values.target;
    terminal.log(
      `${values.modules} modules from ${values.firstAddress} on send to udp://${hostname}:${port}`,
    );
    using _status = new StatusLoop(terminal, statusLine(simulator));
    const summary = await simulator.run(signal);
    return { data: { command: "sim", ...summary }, text: summaryText(summary) };
  },
});

function statusLine(simulator: Simulator): () => string {
  const packets = new Rate();
  return () => {
    const { packetsSent, readoutsSent, tackSeconds, sendErrors } = simulator.progress;
    return `${count(packets.look(packetsSent))} packets/s | ${count(packetsSent)} packets, ` +
      `${count(readoutsSent)} readouts | camera time ${formatDuration(tackSeconds * 1000)}` +
      (sendErrors > 0 ? ` | ${count(sendErrors)} not sent` : "");
  };
}

function summaryText(summary: SimulatorSummary): string {
  const { slots, packetsSent, readoutsSent, bytesSent, sendErrors, elapsedMs } = summary;
  return [
    table([
      ["slot", "address", "packets", "readouts"],
      ...slots.map(({ slot, address, packets, readouts }) => [
        String(slot),
        address,
        count(packets),
        count(readouts),
      ]),
    ]),
    `sent ${count(readoutsSent)} readouts in ${count(packetsSent)} packets (${count(bytesSent)} ` +
    `bytes) in ${formatDuration(elapsedMs)}; ${count(sendErrors)} packets could not be sent`,
  ].join("\n");
}

function speedOf(key: string, written: string): number {
  const speed = written === "max" ? Infinity : /^\d+(\.\d+)?$/.test(written) ? Number(written) : 0;
  if (speed > 0) return speed;
  throw new ConfigurationError(`${key} ${written}: give a number above 0, or max`);
}
