import { hostPort } from "../../../lib/address/ip_address.ts";
import { ConfigurationError, ValueError } from "../../../lib/errors.ts";
import { checkWhole, writeWhole } from "../../../lib/files/write_whole.ts";
import { ControlServer } from "../../../lib/http/server.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import { toJson } from "../../../lib/text/json.ts";
import type { FaultTotals } from "../../../sim/manifest/manifest.ts";
import { SCENES } from "../../../sim/scene/scene.ts";
import { Simulator } from "../../../sim/simulator.ts";
import { simulatorRoutes } from "../../../sim/simulator_routes.ts";
import { SimulatorStatusSource } from "../../../sim/simulator_status.ts";
import type { SimulatorSummary } from "../../../sim/simulator_summary.ts";
import { defineCommand } from "../../command.ts";
import { controlAccess, controlOptions } from "../../options/control_options.ts";
import { list, optional, withDefault } from "../../options/option.ts";
import {
  choice,
  duration,
  integer,
  pixel,
  positive,
  text,
  udpAddress,
  value,
} from "../../options/value.ts";
import { adviceOn } from "../../terminal/advice.ts";
import { count, table } from "../../terminal/format.ts";
import { Rate, StatusLoop } from "../../terminal/status_loop.ts";
import { FAULT_OPTIONS, faultsOf } from "./fault_options.ts";

const MAX_U32 = 2 ** 32 - 1;

const FAULTS = ["duplicated", "reordered", "corrupted", "truncated"] as const;

/** A number above 0, or Infinity for `max`. */
const speedOf = value(
  (key, written) => {
    const speed = written === "max"
      ? Infinity
      : /^\d+(\.\d+)?$/.test(written)
      ? Number(written)
      : 0;
    if (speed > 0) return speed;
    throw new ValueError(key, written, "give a number above 0, or max");
  },
  "number above 0, or `max`",
  { type: ["number", "string"], examples: [1, "max"] },
);

/** `ssdaq sim`: sends packets as the modules of a camera do. */
export const sim = defineCommand({
  name: "sim",
  summary: "simulate the camera's modules, each sending from its own address",
  usage: "sim [options]",
  maxOperands: 0,
  endsWithAccount: true,
  options: {
    modules: withDefault(integer(1, 32), "32", {
      placeholder: "N",
      help: "number of modules",
    }),
    target: withDefault(udpAddress("127.0.0.1"), "127.0.0.1:2009", {
      placeholder: "HOST:PORT",
      help: "where to send the packets; [HOST]:PORT for IPv6",
    }),
    rate: withDefault(positive, "10", {
      placeholder: "HZ",
      help: "readouts a second of each module",
    }),
    readoutsPerPacket: withDefault(integer(1, 62), "10", {
      placeholder: "N",
      help: "readouts in a packet",
    }),
    firstAddress: withDefault(text, "127.0.0.101", {
      placeholder: "IP",
      help: "address of the first module; each next module has the next address",
    }),
    duration: optional(duration, {
      placeholder: "TIME",
      help: "end after this much camera time (TACK), such as 60s",
    }),
    readouts: optional(integer(1, Number.MAX_SAFE_INTEGER), {
      placeholder: "N",
      help: "end after this number of readouts of each module",
    }),
    speed: withDefault(speedOf, "1", {
      placeholder: "X",
      help: "speed relative to camera time, or max",
    }),
    seed: withDefault(integer(0, MAX_U32), "1", {
      placeholder: "N",
      help: "the same seed gives the same signals",
    }),
    scene: withDefault(choice(...SCENES), "random", {
      placeholder: "SCENE",
      help: "the simulated light: random, stars or flat",
    }),
    skySpeed: withDefault(positive, "60", {
      placeholder: "X",
      help: "with stars: speed of the sky relative to the real one",
    }),
    deadPixel: list(pixel, {
      placeholder: "SLOT:LINE",
      help: "a pixel that always has 0 mV, by slot and raw line",
    }),
    byteOrder: withDefault(choice("big", "little"), "big", {
      placeholder: "ORDER",
      help: "byte order of the packets: big or little",
    }),
    manifest: optional(text, {
      placeholder: "FILE",
      help: "at the end, write a record of all packets and faults, for ssdaq check",
    }),
    ...FAULT_OPTIONS,
    ...controlOptions("off"),
  },
  examples: [
    ["ssdaq sim --modules 32", "a whole camera with 10 readouts a second, until Ctrl-C"],
    ["ssdaq sim --duration 60s --speed 10", "one minute of camera time in six seconds"],
    ["ssdaq sim --modules 4 --target 127.0.0.1:2010 --json", "four modules to another port"],
    ["ssdaq sim --scene stars --dead-pixel 7:12", "a night sky that turns, and a dead pixel"],
    [
      "ssdaq sim --loss 0.01 --kill-module 7@3s --revive-module 7@6s --manifest out.json",
      "a camera with faults, and a record of them",
    ],
    [
      "ssdaq sim --modules 1 --first-address ::1 --target '[::1]:2009'",
      "one module by IPv6; the daemon needs --module ::1=0",
    ],
    ["ssdaq sim --control 8643", "accept commands of ssdaq ctl sim while it runs"],
  ],
  notes:
    "Faults are random with a seed, and drawn for each packet: the same seed gives the same\n" +
    "faults. The times of modules and resets are camera time from the start.",
  async run({ values, terminal, signal }) {
    const { duration: durationMs, readouts, rate, manifest, deadPixel, ...rest } = values;
    if (durationMs !== undefined && readouts !== undefined) {
      throw new ConfigurationError("--duration and --readouts: give only one of them");
    }
    // Before hours of simulation, not after them.
    if (manifest !== undefined) checkWhole("--manifest", manifest);
    const access = controlAccess(values);
    const { log } = terminal;
    const simulator = new Simulator({
      ...rest,
      rate,
      deadPixels: deadPixel,
      readouts: durationMs === undefined
        ? readouts
        : Math.max(1, Math.round(durationMs / 1000 * rate)),
      faults: faultsOf(values),
      log,
    });
    terminal.info(
      `${values.modules} modules from ${values.firstAddress} on send to udp://${
        hostPort(values.target)
      }`,
    );
    using source = new SimulatorStatusSource(simulator);
    await using control = access === undefined ? undefined : ControlServer.start({
      ...access,
      routes: simulatorRoutes(source, adviceOn),
      log,
      advise: adviceOn,
    });
    if (control !== undefined) terminal.info(`control on ${control.url}`);
    using _status = new StatusLoop(terminal, statusLine(simulator));
    const summary = await simulator.run(signal);
    if (manifest !== undefined) {
      writeWhole("--manifest", manifest, toJson(simulator.manifest) + "\n");
    }
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
    ...(summary.faults === null ? [] : [faultsText(summary.faults)]),
  ].join("\n");
}

function faultsText({ packetsMade, ...totals }: FaultTotals): string {
  const counts = (["lost", "killed", "paused", ...FAULTS] as const)
    .filter((name) => totals[name] > 0)
    .map((name) => `${name} ${count(totals[name])}`);
  return `of ${count(packetsMade)} packets: ${counts.join(", ") || "no fault"}`;
}
