import { itemAt } from "../../item_at.ts";
import { timeOfDayText } from "../../text/time_text.ts";
import type { ModuleAges } from "../protocol/frame.ts";

/** What a view knows about its source. */
export interface Known {
  connected: boolean;
  /** Time since the page last heard of its source, ms. */
  heardMs: number;
  /** The last known ages; undefined before the first frame. */
  ages: ModuleAges | undefined;
  paused: boolean;
}

/** The text above the picture. Level `bad` is impossible to overlook. */
export interface State {
  level: "good" | "warning" | "bad";
  text: string;
}

/** A page that hears nothing for longer than this is disconnected, ms. */
const CUT_OFF_MS = 1500;

/** Whether a module was ever heard, and whether it is silent now. */
export function moduleState(
  { seconds, silentAfterSeconds }: ModuleAges,
  slot: number,
): "never" | "silent" | "heard" {
  const silentSeconds = itemAt(seconds, slot);
  if (silentSeconds === Infinity) return "never";
  return silentSeconds > silentAfterSeconds ? "silent" : "heard";
}

/** Slots of the silent modules. */
export function silentSlots(ages: ModuleAges): number[] {
  return [...ages.seconds.keys()].filter((slot) => moduleState(ages, slot) === "silent");
}

/** The text about the source at a moment. */
export function stateOf({ connected, heardMs, ages, paused }: Known, now: Date): State {
  if (!connected || heardMs > CUT_OFF_MS) {
    return { level: "bad", text: "disconnected: the picture is old; trying again" };
  }
  if (ages === undefined) {
    return { level: "warning", text: "connected, waiting for the first event" };
  }
  const newest = Math.min(...ages.seconds);
  if (newest === Infinity) {
    return { level: "bad", text: "no data yet: no module has sent anything" };
  }
  if (newest > ages.silentAfterSeconds) {
    return { level: "bad", text: `no data since ${timeOf(now, newest)}` };
  }
  const silent = silentSlots(ages);
  if (silent.length > 0) return { level: "bad", text: silenceText(silent, ages, now) };
  if (paused) {
    return { level: "warning", text: "publishing is paused: events are built, but not published" };
  }
  return { level: "good", text: "data arriving" };
}

function silenceText(silent: readonly number[], { seconds }: ModuleAges, now: Date): string {
  const told = silent.slice(0, 4).map((slot) =>
    `module ${slot} silent since ${timeOf(now, itemAt(seconds, slot))}`
  );
  const more = silent.length - told.length;
  return told.join(", ") + (more > 0 ? `, and ${more} more` : "");
}

/** The time of day, in the page's time zone, this number of seconds ago. */
function timeOf(now: Date, secondsAgo: number): string {
  return timeOfDayText(now.getTime() / 1000 - secondsAgo);
}
