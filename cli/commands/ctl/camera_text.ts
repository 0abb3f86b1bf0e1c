import { CAMERA_LINES } from "../../../lib/wire/camera.ts";

/** Width of a module's cell. */
const CELL = 12;

/** Modules in the camera's longest line. */
const LONGEST = 6;

/**
 * The camera's six lines of modules, each with its slot and a word about it.
 *
 * @param wordOf up to eight letters; undefined where there is no module
 */
export function cameraText(wordOf: (slot: number) => string | undefined): string {
  return CAMERA_LINES.map((slots) => {
    const indent = " ".repeat((LONGEST - slots.length) / 2 * CELL + 2);
    const cells = slots.map((slot) => `${String(slot).padStart(2)} ${wordOf(slot) ?? "-"}`);
    return (indent + cells.map((cell) => cell.padEnd(CELL)).join("")).trimEnd();
  }).join("\n");
}
