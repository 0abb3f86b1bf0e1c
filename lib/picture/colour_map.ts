import { itemAt } from "../item_at.ts";

/** A colour: red, green and blue, 0..255 each. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Number of colours in the map. */
const STEPS = 256;

/** Lightness of the first and the last colour in OKLab: 0 black, 1 white. */
const LIGHTNESS = [0.16, 0.95] as const;
/** Hue at both ends, degrees: from violet, through red and orange, to yellow. */
const HUE = [282, 468] as const;
/** Chroma in the middle. At the ends it is what a screen can show. */
const CHROMA = 0.17;

/** Number of steps to find the chroma that a screen can show. */
const BISECTIONS = 20;

/**
 * A perceptually uniform colour map, also good for people with colour blindness and for print.
 * Lightness rises evenly with the value, from dark violet to light yellow.
 *
 * It is a line through OKLab, the colour space of Bjoern Ottosson, "A perceptual color space for
 * image processing", 2020, https://bottosson.github.io/posts/oklab/. The numbers below are from
 * there.
 */
export const COLOUR_MAP: readonly Colour[] = Array.from(
  { length: STEPS },
  (_, step) => colourOf(step / (STEPS - 1)),
);

/** Index of the colour for a place in a range; see {@linkcode colourAt}. */
export function stepAt(place: number): number {
  return Math.round(Math.min(Math.max(place, 0), 1) * (STEPS - 1));
}

/** The colour for a place in a range, 0..1. Places outside have the colour of the end. */
export function colourAt(place: number): Colour {
  return itemAt(COLOUR_MAP, stepAt(place));
}

/** A colour in CSS and SVG notation: `#rrggbb`. */
export function hexOf(colour: Colour): string {
  return `#${Uint8Array.from(colour).toHex()}`;
}

function colourOf(place: number): Colour {
  const between = ([from, to]: readonly [number, number]) => from + (to - from) * place;
  const lightness = between(LIGHTNESS);
  const hue = between(HUE) * Math.PI / 180;
  let [shown, beyond] = [0, CHROMA];
  for (let step = 0; step < BISECTIONS; step++) {
    const chroma = (shown + beyond) / 2;
    if (linearRgb(lightness, chroma, hue).every((part) => part >= 0 && part <= 1)) shown = chroma;
    else beyond = chroma;
  }
  const [red, green, blue] = linearRgb(lightness, shown, hue);
  return [gammaCoded(red), gammaCoded(green), gammaCoded(blue)];
}

/** Linear sRGB of a colour in OKLab, given in polar form. Values outside 0..1 cannot be shown. */
function linearRgb(lightness: number, chroma: number, hue: number): Colour {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
}

/** A colour component with the gamma of sRGB, IEC 61966-2-1. */
function gammaCoded(part: number): number {
  const coded = part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
  return Math.round(Math.min(Math.max(coded, 0), 1) * 255);
}
