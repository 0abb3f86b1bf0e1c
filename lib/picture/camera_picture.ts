import { itemAt } from "../item_at.ts";
import { CAMERA_PIXELS, modulePixels, type Pixel, SLOTS } from "../wire/camera.ts";
import { colourAt, hexOf } from "./colour_map.ts";
import { placeOf, type Scale, ticksOf, tickText } from "./scale.ts";
import { element, picture, textAt } from "./svg.ts";

/** Options of a picture of the camera. */
export interface CameraPictureOptions {
  /** 2048 values by pixel, 64 x slot + raw line; NaN for no value. */
  values: ArrayLike<number>;
  /** How values become colours. */
  scale: Scale;
  /** Unit of the values, shown at the colour scale: `mV`. */
  unit: string;
  title: string;
  /** Shown below the title. */
  subtitle?: string;
  /** Pixels to cross out. @default none */
  badPixels?: readonly number[];
}

const WIDTH = 760;
const HEIGHT = 720;
/** Pixels of the picture for one mm of the camera. */
const PER_MM = 1.9;
const CENTRE_X = 330;
const CENTRE_Y = 390;
/** Side of a drawn camera pixel, mm: a little less than the pitch. */
const PIXEL_MM = 5.9;
/** Margin beside a module's pixels, mm. */
const MARGIN_MM = 3.3;

const BAR = { x: 670, y: 100, width: 18, height: 580 };
const BAR_STEPS = 128;

const HATCHING = element(
  "pattern",
  { id: "missing", width: 8, height: 8, patternUnits: "userSpaceOnUse" },
  element("path", { d: "M-2 2l4-4M0 8l8-8M6 10l4-4", stroke: "#999", "stroke-width": 1 }),
);

/**
 * The camera's image as SVG, in its true geometry: x to the right and y upwards.
 *
 * A tooltip shows the number and value of each pixel. Modules without a value are hatched, bad
 * pixels are crossed out.
 *
 * @example
 * ```ts
 * import { cameraPicture } from "@ssdaq/ssdaq/picture";
 * import { CAMERA_PIXELS } from "@ssdaq/ssdaq/wire";
 * import { assert } from "@std/assert";
 *
 * const values = CAMERA_PIXELS.map(({ pixel }) => pixel < 64 ? 350 : 50);
 * const svg = cameraPicture({ values, scale: { low: 0, high: 400 }, unit: "mV", title: "slot 0" });
 * assert(svg.includes("<title>slot 0, line 12: 350.00 mV</title>"));
 * ```
 */
export function cameraPicture(options: CameraPictureOptions): string {
  const { values, scale, unit, title, subtitle = "", badPixels = [] } = options;
  const bad = new Set(badPixels);
  const modules = Array.from({ length: SLOTS }, (_, slot) => modulePixels(slot));
  return picture(
    WIDTH,
    HEIGHT,
    element("defs", {}, HATCHING),
    textAt(24, 34, title, { "font-size": 19 }),
    textAt(24, 58, subtitle, { fill: "#555" }),
    ...modules.map((pixels, slot) => {
      const isMissing = pixels.every(({ pixel }) => Number.isNaN(values[pixel]));
      const inside = isMissing
        ? [moduleBox(pixels, "url(#missing)"), slotName(slot, pixels)]
        : [moduleBox(pixels, "none"), ...pixels.map((pixel) => drawPixel(pixel, options, bad))];
      return element("g", { id: `slot-${slot}` }, ...inside);
    }),
    colourBar(scale, unit),
  );
}

function drawPixel(
  { pixel, slot, rawLine, xMm, yMm }: Pixel,
  { values, scale, unit }: CameraPictureOptions,
  bad: ReadonlySet<number>,
): string {
  const value = itemAt(values, pixel);
  const box = square(xMm, yMm, PIXEL_MM);
  const told = (state: string) => element("title", {}, `slot ${slot}, line ${rawLine}: ${state}`);
  if (bad.has(pixel)) {
    const { x, y, width } = box;
    const cross = `M${fixed(x)} ${fixed(y)}l${fixed(width)} ${fixed(width)}m${fixed(-width)} 0l${
      fixed(width)
    } ${fixed(-width)}`;
    return element("path", { d: cross, stroke: "#999", fill: "none" }, told("bad"));
  }
  if (Number.isNaN(value)) return element("rect", { ...box, fill: "#ddd" }, told("no value"));
  const fill = hexOf(colourAt(placeOf(value, scale)));
  return element("rect", { ...box, fill }, told(`${value.toFixed(2)} ${unit}`));
}

function moduleBox(pixels: readonly Pixel[], fill: string): string {
  const x = pixels.map(({ xMm }) => xMm);
  const y = pixels.map(({ yMm }) => yMm);
  const left = CENTRE_X + (Math.min(...x) - MARGIN_MM) * PER_MM;
  const top = CENTRE_Y - (Math.max(...y) + MARGIN_MM) * PER_MM;
  return element("rect", {
    x: left,
    y: top,
    width: (Math.max(...x) - Math.min(...x) + 2 * MARGIN_MM) * PER_MM,
    height: (Math.max(...y) - Math.min(...y) + 2 * MARGIN_MM) * PER_MM,
    fill,
    stroke: "#bbb",
    "stroke-width": 0.6,
  });
}

/** The number of a missing module. */
function slotName(slot: number, pixels: readonly Pixel[]): string {
  const mean = (of: "xMm" | "yMm") => pixels.reduce((sum, pixel) => sum + pixel[of], 0) / 64;
  const [x, y] = [CENTRE_X + mean("xMm") * PER_MM, CENTRE_Y - mean("yMm") * PER_MM];
  return textAt(x, y + 7, String(slot), { "text-anchor": "middle", "font-size": 20, fill: "#777" });
}

function square(xMm: number, yMm: number, sideMm: number) {
  const side = sideMm * PER_MM;
  return {
    x: CENTRE_X + xMm * PER_MM - side / 2,
    y: CENTRE_Y - yMm * PER_MM - side / 2,
    width: side,
    height: side,
  };
}

function colourBar(scale: Scale, unit: string): string {
  const { x, y, width, height } = BAR;
  const step = height / BAR_STEPS;
  const colours = Array.from({ length: BAR_STEPS }, (_, index) =>
    element("rect", {
      x,
      y: y + height - (index + 1) * step,
      width,
      // A little more, so that no white line is between the steps.
      height: step + 0.4,
      fill: hexOf(colourAt((index + 0.5) / BAR_STEPS)),
    }));
  const ticks = ticksOf(scale, 8).map((tick) => {
    const at = y + height * (1 - placeOf(tick, scale));
    return element("path", { d: `M${x + width} ${fixed(at)}h5`, stroke: "#555" }) +
      textAt(x + width + 9, at + 4, tickText(tick));
  });
  return element("g", { id: "scale" }, ...colours, ...ticks, textAt(x, y - 12, unit));
}

function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** Centres of the pixels in a picture of {@linkcode cameraPicture}. */
export function pixelCentres(): { x: number; y: number }[] {
  return CAMERA_PIXELS.map(({ xMm, yMm }) => (
    { x: CENTRE_X + xMm * PER_MM, y: CENTRE_Y - yMm * PER_MM }
  ));
}
