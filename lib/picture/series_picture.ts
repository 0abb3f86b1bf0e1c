import { SLOTS } from "../wire/camera.ts";
import { automaticScale, placeOf, type Scale, ticksOf, tickText } from "./scale.ts";
import type { SeriesBin, SeriesQuantity } from "./series.ts";
import { element, picture, textAt } from "./svg.ts";

/** Options of a picture of quantities against time. */
export interface SeriesPictureOptions {
  bins: readonly SeriesBin[];
  title: string;
  /** Shown below the title. */
  subtitle?: string;
}

const WIDTH = 900;
const LEFT = 110;
const RIGHT = 30;
const TOP = 90;
const PANEL_HEIGHT = 150;
const PANEL_GAP = 46;

/** The panels, from top to bottom. */
const PANELS: readonly { quantity: SeriesQuantity; name: string; unit: string; colour: string }[] =
  [
    { quantity: "modules", name: "modules in the event", unit: "", colour: "#4a4a4a" },
    { quantity: "mean", name: "mean over the pixels", unit: "mV", colour: "#1f6fb4" },
    { quantity: "largest", name: "largest pixel", unit: "mV", colour: "#b3401f" },
    { quantity: "total", name: "total over the pixels", unit: "mV", colour: "#2b7d3b" },
  ];

const HEIGHT = TOP + PANELS.length * (PANEL_HEIGHT + PANEL_GAP) + 24;

/**
 * Modules, mean, largest and total amplitude against time, as SVG.
 *
 * A line connects the means of the bins. Where a bin has several events, the area between their
 * smallest and largest value is shaded.
 */
export function seriesPicture({ bins, title, subtitle = "" }: SeriesPictureOptions): string {
  const time = timeScale(bins);
  const x = (seconds: number) => LEFT + placeOf(seconds, time) * (WIDTH - LEFT - RIGHT);
  return picture(
    WIDTH,
    HEIGHT,
    textAt(24, 34, title, { "font-size": 19 }),
    textAt(24, 58, subtitle, { fill: "#555" }),
    ...PANELS.map(({ quantity, name, unit, colour }, index) => {
      const top = TOP + index * (PANEL_HEIGHT + PANEL_GAP);
      const scale = quantity === "modules" ? { low: 0, high: SLOTS + 2 } : scaleOf(bins, quantity);
      const y = (value: number) => top + (1 - placeOf(value, scale)) * PANEL_HEIGHT;
      return element(
        "g",
        { id: quantity },
        axes(top, scale, y, x, time),
        textAt(LEFT, top - 8, unit === "" ? name : `${name}, ${unit}`, { fill: colour }),
        curve(bins, quantity, x, y, colour),
      );
    }),
    textAt(WIDTH - RIGHT, HEIGHT - 12, "camera time since the first event, s", {
      "text-anchor": "end",
    }),
  );
}

function timeScale(bins: readonly SeriesBin[]): Scale {
  const low = Math.min(...bins.map(({ fromSeconds }) => fromSeconds), Infinity);
  const high = Math.max(...bins.map(({ toSeconds }) => toSeconds), -Infinity);
  if (bins.length === 0) return { low: 0, high: 1 };
  return { low, high: high > low ? high : low + 1 };
}

function scaleOf(bins: readonly SeriesBin[], quantity: SeriesQuantity): Scale {
  const ends = bins.flatMap(({ ranges }) => [ranges[quantity].min, ranges[quantity].max]);
  const shown = ends.filter(Number.isFinite);
  const { low, high } = automaticScale(shown);
  // Nothing is cut off, because users look for spikes here.
  const wide = automaticScale([Math.min(low, ...shown), Math.max(high, ...shown)]);
  return shown.length === 0 ? { low: 0, high: 1 } : wide;
}

function axes(
  top: number,
  scale: Scale,
  y: (value: number) => number,
  x: (seconds: number) => number,
  time: Scale,
): string {
  const values = ticksOf(scale, 4).map((tick) =>
    element("path", { d: `M${LEFT} ${fixed(y(tick))}H${WIDTH - RIGHT}`, stroke: "#e4e4e4" }) +
    textAt(LEFT - 8, y(tick) + 4, tickText(tick), { "text-anchor": "end" })
  );
  const times = ticksOf(time, 8).map((tick) =>
    element("path", { d: `M${fixed(x(tick))} ${top + PANEL_HEIGHT}v4`, stroke: "#999" }) +
    textAt(x(tick), top + PANEL_HEIGHT + 17, tickText(tick), {
      "text-anchor": "middle",
      "font-size": 11,
      fill: "#555",
    })
  );
  const frame = element("rect", {
    x: LEFT,
    y: top,
    width: WIDTH - LEFT - RIGHT,
    height: PANEL_HEIGHT,
    fill: "none",
    stroke: "#999",
  });
  return [...values, ...times, frame].join("");
}

function curve(
  bins: readonly SeriesBin[],
  quantity: SeriesQuantity,
  x: (seconds: number) => number,
  y: (value: number) => number,
  colour: string,
): string {
  const points = bins.map(({ fromSeconds, toSeconds, ranges }) => ({
    x: x((fromSeconds + toSeconds) / 2),
    ...ranges[quantity],
  })).filter(({ count }) => count > 0);
  const isShaded = points.some(({ min, max }) => min < max);
  const line = points.map(({ x, sum, count }) => `${fixed(x)} ${fixed(y(sum / count))}`);
  const above = points.map(({ x, max }) => `${fixed(x)} ${fixed(y(max))}`);
  const below = points.map(({ x, min }) => `${fixed(x)} ${fixed(y(min))}`).reverse();
  const area = element("path", {
    d: `M${[...above, ...below].join("L")}Z`,
    fill: colour,
    opacity: 0.25,
  });
  if (line.length === 0) return "";
  return (isShaded ? area : "") +
    element("path", { d: `M${line.join("L")}`, fill: "none", stroke: colour });
}

function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}
