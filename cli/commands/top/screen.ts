import { itemAt } from "../../../lib/item_at.ts";
import type { Scale } from "../../../lib/picture/scale.ts";
import { terminalPicture } from "../../../lib/picture/terminal_picture.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import type { Recent } from "../../../lib/view/client/recent.ts";
import type { RecentStatus } from "../../../lib/view/client/recent_status.ts";
import { moduleState, type State, stateOf } from "../../../lib/view/client/state.ts";
import type { LiveStatus } from "../../../lib/view/protocol/live_status.ts";
import { CAMERA_SIDE, PIXELS, slotsOf } from "../../../lib/wire/camera.ts";
import { count, ledgerText, perSecond } from "../../terminal/format.ts";
import { cameraText } from "../ctl/camera_text.ts";
import { sparkline } from "./sparkline.ts";
import type { Watched } from "./watch.ts";

/** Columns and rows of a screen. */
export interface Size {
  columns: number;
  rows: number;
}

/** What the screen shows beside the present state. */
export interface Shown {
  watched: Watched;
  /** The source that is watched. */
  origin: string;
  now: Date;
  recent: Recent;
  recentStatus: RecentStatus;
  scale: Scale;
  /** Whether the display is paused. */
  paused: boolean;
  /** Whether the keys are shown. */
  help: boolean;
  colour: boolean;
}

const KEYS = "q quit   p pause the display   ? keys";

const HELP = [
  KEYS,
  "p: pauses the display until p is pressed again; the acquisition continues.",
  "The image shows the largest pixel of each block; ? is an absent module.",
  "Modules: slot and events/s (with a daemon packets/s), or ! and how long it has sent nothing.",
];

/** From this size on, the image shows each pixel. */
const LARGE: Size = { columns: 100, rows: 46 };
const LABEL = 12;
const VALUE = 10;

/** The state of the camera, in words. It is above everything else. */
function stateLine({ watched, now, paused, origin }: Shown): State {
  const { connected, heardMs, ages, status } = watched;
  const state = stateOf({ connected, heardMs, ages, paused: status?.paused ?? false }, now);
  const text = `${state.text}${paused ? " (display paused)" : ""}`;
  return { ...state, text: state.level === "bad" ? `${text}; ${origin}` : text };
}

/** The lines of a screen: as many as its rows, none wider than its columns. */
export function screenLines(shown: Shown, { columns, rows }: Size): string[] {
  const { watched, recent, recentStatus, scale, colour, help } = shown;
  const isLarge = columns >= LARGE.columns && rows >= LARGE.rows;
  const side = isLarge ? CAMERA_SIDE : columns >= CAMERA_SIDE / 2 ? CAMERA_SIDE / 2 : 0;
  const picture = side === 0 ? [] : terminalPicture(watched.event?.millivolts ?? NOTHING, scale, {
    colour,
    coarse: CAMERA_SIDE / side,
  });
  const besides = [
    `${scale.low} to ${scale.high} mV`,
    "",
    ...trends(recent, recentStatus, columns - side - 2),
    "",
    ...losses(recentStatus),
  ];
  const beside = picture.map((line, row) => {
    const text = (besides[row] ?? "").slice(0, Math.max(columns - side - 2, 0));
    return `${pad(line, side)}  ${text}`.trimEnd();
  });
  const lines = [
    banner(stateLine(shown), columns, colour),
    cut(eventLine(watched), columns),
    ...cameraText((slot) => moduleText(watched, slot)).split("\n").map((line) =>
      cut(line, columns)
    ),
    ...beside,
    ...(help ? HELP.map((line) => cut(line, columns)) : accountLines(watched.status, columns)),
  ];
  return lines.slice(0, rows);
}

const NOTHING = new Float32Array(PIXELS).fill(NaN);

function eventLine({ event, status }: Watched): string {
  const rate = status === undefined ? "" : `   ${perSecond(status.eventsPerSecond)} events/s`;
  if (event === undefined) return `no event${rate}`;
  return `run ${event.run}   event ${event.number}   ${slotsOf(event.mask).length} modules${rate}` +
    `   TACK ${event.timestampNs} ns`;
}

function moduleText({ ages, status }: Watched, slot: number): string | undefined {
  if (ages === undefined) return undefined;
  const state = moduleState(ages, slot);
  if (state === "never") return undefined;
  return state === "silent"
    ? `!${age(itemAt(ages.seconds, slot))}`
    : `${perSecond(status?.slots[slot]?.perSecond ?? 0)}/s`;
}

function age(seconds: number): string {
  return formatDuration(Math.floor(seconds) * 1000).replaceAll(" ", "");
}

function trends(recent: Recent, recentStatus: RecentStatus, columns: number): string[] {
  const quantities = recent.series("modules", "mean", "largest", "total");
  const [, ...causes] = recentStatus.losses().columns;
  const lost = (causes[0] ?? []).map((_, index) =>
    causes.reduce((sum, cause) => sum + (cause[index] ?? 0), 0)
  );
  const bars = Math.min(columns - LABEL - VALUE, 60);
  return ([
    ["modules", itemAt(quantities, 1), 0],
    ["mean mV", itemAt(quantities, 2), 1],
    ["largest mV", itemAt(quantities, 3), 1],
    ["total mV", itemAt(quantities, 4), 0],
    ["events/s", itemAt(recentStatus.rates(), 1), 1],
    ["losses/s", lost, 1],
  ] as const).map(([label, values, decimals]) => {
    const last = values.at(-1) ?? null;
    const text = last === null ? "-" : decimals === 0 ? count(last) : last.toFixed(decimals);
    return `${label.padEnd(LABEL)}${sparkline(values, bars)}${text.padStart(VALUE)}`;
  });
}

/** The losses of the last second, by cause. */
function losses(recentStatus: RecentStatus): string[] {
  const { labels, columns: [, ...causes] } = recentStatus.losses();
  const now = causes.map((cause, index) => ({ label: labels[index], rate: cause.at(-1) ?? 0 }))
    .filter(({ rate }) => rate > 0);
  return now.map(({ label, rate }) => `${label} ${perSecond(rate)}/s`);
}

/** The ledger without its last line: during the work, its account does not close. */
function accountLines(status: LiveStatus | undefined, columns: number): string[] {
  if (status === undefined) return [];
  return ledgerText(status.ledger).split("\n").slice(0, -1).flatMap((line) => wrap(line, columns));
}

/** Breaks a line between its parts, which are separated by two spaces. */
function wrap(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const part of line.split(/ {2,}/)) {
    const longer = current === "" ? part : `${current}  ${part}`;
    if (longer.length > columns && current !== "") {
      lines.push(current);
      current = `  ${part}`;
    } else current = longer;
  }
  return [...lines, current].map((line) => cut(line, columns));
}

function banner({ level, text }: State, columns: number, colour: boolean): string {
  const line = ` ${text}`.padEnd(columns).slice(0, columns);
  if (!colour) return level === "bad" ? `! ${text}`.slice(0, columns) : line.trimEnd();
  const style = { good: "1;32", warning: "1;33", bad: "1;37;41" }[level];
  return `\x1b[${style}m${line}\x1b[0m`;
}

function cut(line: string, columns: number): string {
  return line.slice(0, columns);
}

/** Pads a line to a width; control codes have no width. */
function pad(line: string, columns: number): string {
  // deno-lint-ignore no-control-regex
  const visible = line.replaceAll(/\x1b\[[\d;]*m/g, "").length;
  return line + " ".repeat(Math.max(columns - visible, 0));
}
