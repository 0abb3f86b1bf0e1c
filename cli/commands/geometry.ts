import { CAMERA_PIXELS, type Pixel } from "../../lib/wire/camera.ts";
import { defineCommand } from "../command.ts";
import { flag } from "../options/option.ts";
import { table } from "../terminal/format.ts";

/** Columns and how they are printed: centres to 0.1 um. */
const COLUMNS: readonly (readonly [string, (pixel: Pixel) => string])[] = [
  ["slot", ({ slot }) => String(slot)],
  ["raw_line", ({ rawLine }) => String(rawLine)],
  ["tmpix", ({ tmpix }) => String(tmpix)],
  ["row", ({ row }) => String(row)],
  ["column", ({ column }) => String(column)],
  ["x_mm", ({ xMm }) => xMm.toFixed(4)],
  ["y_mm", ({ yMm }) => yMm.toFixed(4)],
];

/** `ssdaq geometry`: prints where the pixels are. */
export const geometry = defineCommand({
  name: "geometry",
  summary: "print the position and the numbers of the camera's 2048 pixels",
  usage: "geometry [options]",
  maxOperands: 0,
  options: { csv: flag({ help: "separate the columns with commas" }) },
  examples: [
    ["ssdaq geometry --csv > pixels.csv", "a table for analysis"],
    ["ssdaq geometry --json", "the same for scripts, with positions in the camera's grid"],
  ],
  notes:
    "raw_line: position of the pixel in a readout. tmpix: its position in the module's fast data.\n" +
    "row and column: its place on the module as drawn. x_mm and y_mm: its centre in the camera.",
  hasTable: false,
  run({ values }) {
    const rows = [
      COLUMNS.map(([name]) => name),
      ...CAMERA_PIXELS.map((pixel) => COLUMNS.map(([, print]) => print(pixel))),
    ];
    const text = values.csv ? rows.map((row) => row.join(",")).join("\n") : table(rows);
    return Promise.resolve({ data: { command: "geometry", pixels: CAMERA_PIXELS }, text });
  },
});
