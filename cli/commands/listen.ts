import { Listener } from "../../lib/listener/listener.ts";
import {
  EventStatistics,
  type EventStatisticsSummary,
} from "../../lib/statistics/event_statistics.ts";
import { type EventSummary, summarizeEvent } from "../../lib/statistics/event_summary.ts";
import { toJson } from "../../lib/text/json.ts";
import { unixNowMs } from "../../lib/time/wall_clock.ts";
import { SLOTS } from "../../lib/wire/camera.ts";
import type { CameraEvent } from "../../lib/wire/event.ts";
import { defineCommand } from "../command.ts";
import { endpointOption } from "../options/endpoint_option.ts";
import { flag, optional, withDefault } from "../options/option.ts";
import { choice, integer } from "../options/value.ts";
import { count, ledgerText, percent } from "../terminal/format.ts";
import { StatusLoop } from "../terminal/status_loop.ts";

const CSV_COLUMNS = [
  "number",
  "run",
  "timestampNs",
  "receiveSeconds",
  "receiveNanoseconds",
  "modules",
  "mask",
  "flags",
  "spreadNs",
  "minMillivolts",
  "meanMillivolts",
  "maxMillivolts",
] as const satisfies (keyof EventSummary)[];

/** `ssdaq listen`: prints events. */
export const listen = defineCommand({
  name: "listen",
  summary: "print the published events, one on each line",
  usage: "listen [options]",
  maxOperands: 0,
  options: {
    endpoint: endpointOption,
    events: optional(integer(1, Number.MAX_SAFE_INTEGER), {
      placeholder: "N",
      help: "end after this number of events",
    }),
    as: withDefault(choice("text", "json", "csv", "stats"), "text", {
      placeholder: "FORM",
      help: "text, json (one object on each line), csv, or stats at the end",
    }),
    values: flag({ help: "with json: also all 32 x 64 voltages; null where a module is absent" }),
  },
  examples: [
    ["ssdaq listen", "one line for each event, until Ctrl-C"],
    ["ssdaq listen --as csv --events 100 > events.csv", "a table of 100 events"],
    ["ssdaq listen --as stats", "number and delay of the events, until Ctrl-C"],
    ["ssdaq listen --as json --values --events 1", "one event with all its voltages"],
  ],
  notes: "--json means --as json. The summary goes to stderr.",
  async run({ values, terminal, signal }) {
    const form = values.json && values.as !== "stats" ? "json" : values.as;
    const stats = new EventStatistics();
    await using listener = await Listener.connect({
      endpoints: values.endpoint,
      log: terminal.log,
    });
    terminal.info(`listening to ${values.endpoint.join(" and ")}`);
    const drain = () => listener.end();
    if (signal.aborted) drain();
    else signal.addEventListener("abort", drain, { once: true });
    const { recorder } = listener.ledger;
    using _status = new StatusLoop(
      terminal,
      () =>
        listener.connections === 0
          ? "waiting for a daemon"
          : `${count(recorder.stored)} events | missed ${count(recorder.missed)}`,
    );
    if (form === "csv") terminal.print(CSV_COLUMNS.join(","));
    for await (const event of listener) {
      if (form === "stats") stats.add(event, unixNowMs());
      else terminal.print(lineOf(event, form, values.values));
      recorder.stored++;
      if (recorder.stored === values.events) break;
    }
    signal.removeEventListener("abort", drain);
    if (form === "stats") {
      const summary = stats.summary();
      return {
        data: { command: "listen", ...summary, ledger: listener.ledger },
        text: `${statisticsText(summary)}\n${ledgerText(listener.ledger)}`,
      };
    }
    for (const line of ledgerText(listener.ledger).split("\n")) terminal.info(line);
    return { text: "" };
  },
});

function lineOf(event: CameraEvent, form: "text" | "json" | "csv", withValues: boolean): string {
  const summary = summarizeEvent(event);
  switch (form) {
    case "csv":
      return CSV_COLUMNS.map((column) => summary[column] ?? "").join(",");
    case "json":
      return toJson(withValues ? { ...summary, millivolts: matrixOf(event) } : summary);
    case "text":
      return textOf(summary);
  }
}

function textOf(summary: EventSummary): string {
  const { number, run, timestampNs, modules, complete } = summary;
  const { minMillivolts, meanMillivolts, maxMillivolts } = summary;
  const millivolts = [minMillivolts, meanMillivolts, maxMillivolts]
    .map((value) => value === null ? "-" : value.toFixed(1)).join(" / ");
  return `event ${number} of run ${run}  TACK ${timestampNs} ns  ${modules} modules ` +
    `(${complete ? "complete" : "partial"})  min / mean / max ${millivolts} mV`;
}

function statisticsText(summary: EventStatisticsSummary): string {
  const { events, complete, withHoles, delayMs } = summary;
  const ms = (value: number | null) => value === null ? "-" : `${value.toFixed(2)} ms`;
  return `${count(events)} events, ${percent(complete, events)} complete, ` +
    `${count(withHoles)} with missing voltages in modules that are present\n` +
    `delay from the first packet of an event: median ${ms(delayMs.p50)}, 99 % ${
      ms(delayMs.p99)
    }, ` +
    `longest ${ms(delayMs.max)}`;
}

function matrixOf(event: CameraEvent): (number | null)[][] {
  return Array.from(
    { length: SLOTS },
    (_, slot) => Array.from(event.module(slot), (value) => Number.isNaN(value) ? null : value),
  );
}
