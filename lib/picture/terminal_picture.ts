import { itemAt } from "../item_at.ts";
import { CAMERA_SIDE, pixelAt } from "../wire/camera.ts";
import { type Colour, COLOUR_MAP } from "./colour_map.ts";
import { placeOf, type Scale } from "./scale.ts";

/** Options of a picture in a terminal. */
export interface TerminalPictureOptions {
  /** Whether to use colours: 256 of them, as nearly all terminals have. */
  colour: boolean;
  /** Draws squares of this many rows and columns of pixels as one: 1, 2, 4 or 8. @default 1 */
  coarse?: number;
}

/** From low to high values, without colours. */
const SHADES = " .:-=+*#%@";

/** Sign for a missing module. */
const MISSING = "?";
const MISSING_COLOUR = 240;

/** First number of the 6 x 6 x 6 colour cube, and the brightness of its steps. */
const CUBE_START = 16;
const CUBE_STEPS = [0, 95, 135, 175, 215, 255];
/** First number of the 24 greys; their brightness starts at 8 and rises by 10. */
const GREY_START = 232;
const GREYS = 24;

const TERMINAL_COLOURS = COLOUR_MAP.map(nearestColour);

/**
 * The camera's image as lines of text: 48 characters in 24 lines, or a fraction of that.
 *
 * With colours, a character shows two pixels, one above the other. A missing module is shown as
 * question marks.
 *
 * @param values 2048 by pixel; NaN for no value
 */
export function terminalPicture(
  values: ArrayLike<number>,
  scale: Scale,
  { colour, coarse = 1 }: TerminalPictureOptions,
): string[] {
  const side = CAMERA_SIDE / coarse;
  const cells = Array.from(
    { length: side },
    (_, row) => Array.from({ length: side }, (_, column) => cellOf(values, row, column, coarse)),
  );
  return Array.from({ length: side / 2 }, (_, line) => {
    const [upper, lower] = [itemAt(cells, 2 * line), itemAt(cells, 2 * line + 1)];
    return colour ? colouredLine(upper, lower, scale) : plainLine(upper, lower, scale);
  });
}

/** Content of a cell: a value, NaN if it is missing, undefined outside the camera. */
type Cell = number | undefined;

/** The largest value of some pixels, so that a bright pixel stays visible. */
function cellOf(values: ArrayLike<number>, row: number, column: number, coarse: number): Cell {
  let cell: Cell;
  for (let index = 0; index < coarse * coarse; index++) {
    const down = Math.floor(index / coarse);
    const pixel = pixelAt(row * coarse + down, column * coarse + index % coarse);
    if (pixel === undefined) continue;
    const value = itemAt(values, pixel);
    if (cell === undefined || Number.isNaN(cell) || value > cell) cell = value;
  }
  return cell;
}

function plainLine(upper: readonly Cell[], lower: readonly Cell[], scale: Scale): string {
  return upper.map((cell, column) => {
    const shown = [cell, lower[column]].filter((cell) => cell !== undefined);
    if (shown.length === 0) return " ";
    const values = shown.filter((cell) => !Number.isNaN(cell));
    if (values.length === 0) return MISSING;
    const place = Math.min(Math.max(placeOf(Math.max(...values), scale), 0), 1);
    return SHADES[Math.round(place * (SHADES.length - 1))];
  }).join("").trimEnd();
}

/** The upper cell is the half block, the lower cell its background. */
function colouredLine(upper: readonly Cell[], lower: readonly Cell[], scale: Scale): string {
  let line = "";
  let current = "";
  upper.forEach((cell, column) => {
    const [front, back] = [cell, lower[column]].map((cell) => terminalColour(cell, scale));
    const isMissing = [cell, lower[column]].some((cell) => cell !== undefined && isNaN(cell));
    const style = front === undefined && back === undefined
      ? "\x1b[0m"
      : isMissing
      ? `\x1b[0;38;5;${MISSING_COLOUR}m`
      : `\x1b[0;38;5;${front};48;5;${back}m`;
    if (style !== current) line += style;
    current = style;
    line += front === undefined ? " " : isMissing ? MISSING : "\u2580";
  });
  return `${line}\x1b[0m`;
}

function terminalColour(cell: Cell, scale: Scale): number | undefined {
  if (cell === undefined) return undefined;
  if (Number.isNaN(cell)) return MISSING_COLOUR;
  const place = Math.min(Math.max(placeOf(cell, scale), 0), 1);
  return TERMINAL_COLOURS[Math.round(place * (TERMINAL_COLOURS.length - 1))];
}

/** The number of the most similar of a terminal's 240 fixed colours. */
function nearestColour(colour: Colour): number {
  const nearest = (part: number) => indexOfNearest(CUBE_STEPS, part);
  const [red, green, blue] = [nearest(colour[0]), nearest(colour[1]), nearest(colour[2])];
  const brightnessOf = (step: number) => itemAt(CUBE_STEPS, step);
  const inCube: Colour = [brightnessOf(red), brightnessOf(green), brightnessOf(blue)];
  const mean = (colour[0] + colour[1] + colour[2]) / 3;
  const grey = Math.min(Math.max(Math.round((mean - 8) / 10), 0), GREYS - 1);
  const brightness = 8 + 10 * grey;
  return distance(colour, inCube) <= distance(colour, [brightness, brightness, brightness])
    ? CUBE_START + 36 * red + 6 * green + blue
    : GREY_START + grey;
}

function indexOfNearest(values: readonly number[], wanted: number): number {
  const distances = values.map((value) => Math.abs(value - wanted));
  return distances.indexOf(Math.min(...distances));
}

function distance(a: Colour, b: Colour): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}
