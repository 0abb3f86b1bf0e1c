import { fileURLToPath } from "node:url";

const PATH = fileURLToPath(new URL("figures.json", import.meta.url));

/** The result of the last full run of a measurement. */
export interface Figure {
  /** What a user types to repeat it. */
  command: string;
  result: string;
  seconds: number;
  /** The day, UTC, such as `2026-11-29`. */
  date: string;
  /** Of the tree, the first eight digits. */
  commit: string;
}

/** The last full runs, by the name of the measurement. */
export function readFigures(): Record<string, Figure> {
  return JSON.parse(Deno.readTextFileSync(PATH));
}

/** Keeps them for the page on testing. */
export function writeFigures(figures: Readonly<Record<string, Figure>>): void {
  Deno.writeTextFileSync(PATH, JSON.stringify(figures, undefined, 2) + "\n");
}
