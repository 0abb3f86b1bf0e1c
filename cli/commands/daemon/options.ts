import { ModuleMap } from "../../../lib/address/module_map.ts";
import type { BuilderOptions } from "../../../lib/builder/builder.ts";
import { EVENT_FORMATS } from "../../../lib/wire/event.ts";
import { controlOptions } from "../../options/control_options.ts";
import { DEFAULT_CONTROL, DEFAULT_ENDPOINT } from "../../options/endpoint.ts";
import { moduleOption } from "../../options/module_option.ts";
import { list, optional, several, type Values, withDefault } from "../../options/option.ts";
import {
  byteSizeOrOff,
  choice,
  duration,
  integer,
  pixel,
  publishEndpoint,
  u64,
  udpAddress,
} from "../../options/value.ts";

const NS_PER_MS = 1e6;

/** How a daemon receives, builds and publishes. */
export const daemonOptions = {
  listen: withDefault(udpAddress("0.0.0.0"), "0.0.0.0:2009", {
    short: "l",
    placeholder: "[HOST:]PORT",
    help: "where to receive packets; [::]:PORT for IPv6 and IPv4",
  }),
  publish: several(publishEndpoint, DEFAULT_ENDPOINT, {
    short: "p",
    placeholder: "ENDPOINT[=FORMAT]",
    pairs: true,
    help: "where to publish: a port or tcp://HOST:PORT",
  }),
  window: withDefault(duration, "10ms", {
    placeholder: "TIME",
    help: "largest TACK difference between the readouts of one event",
  }),
  deadline: withDefault(duration, "2s", {
    placeholder: "TIME",
    help: "longest time that an event waits for its readouts",
  }),
  moduleBase: withDefault(integer(0, 1), "1", {
    placeholder: "N",
    help: "1: addresses .101-.132 are slots 0-31; 0: .100-.131",
  }),
  module: moduleOption,
  format: withDefault(choice(...EVENT_FORMATS), "event", {
    placeholder: "FORMAT",
    help: "format of endpoints without =FORMAT: event or readout",
  }),
  byteOrder: withDefault(choice("big", "little"), "big", {
    placeholder: "ORDER",
    help: "byte order of the packets: big or little",
  }),
  run: optional(u64, { placeholder: "N", help: "run number [start time, Unix s]" }),
  replayBuffer: withDefault(byteSizeOrOff, "256MiB", {
    placeholder: "SIZE",
    help: "memory for events that clients may request again (no readouts), or off",
  }),
  badPixel: list(pixel, {
    placeholder: "SLOT:LINE",
    help: "a pixel that the live view leaves out, by slot and raw line",
  }),
  ...controlOptions(DEFAULT_CONTROL),
  socket: withDefault(choice("auto", "recvmmsg", "portable"), "auto", {
    placeholder: "KIND",
    help: "how to receive: auto, recvmmsg (Linux) or portable",
  }),
};

type DaemonValues = Values<typeof daemonOptions>;

/** `--window` and `--deadline` as the builder takes them. */
export function builderOptions(
  { window, deadline }: Pick<DaemonValues, "window" | "deadline">,
): Pick<BuilderOptions, "windowNs" | "deadlineMs"> {
  return { windowNs: window * NS_PER_MS, deadlineMs: deadline };
}

/** The map from addresses to modules: `--module` where it is given, else `--module-base`. */
export function modulesOf(
  { module, moduleBase }: Pick<DaemonValues, "module" | "moduleBase">,
): ModuleMap {
  return module ?? ModuleMap.ofBase(moduleBase);
}
