import { CAMERA_LINES } from "../../../lib/wire/camera.ts";

/** Width of a module's cell. */
const CELL = 12;

/** Modules in the longest row of the camera. */
const LONGEST = 6;

/**
 * The camera's six rows of modules. Each module has its slot and a word.
 *
 * @param wordOf up to eight characters; undefined where there is no module
 */
export function cameraText(wordOf: (slot: number) => string | undefined): string {
  return CAMERA_LINES.map((slots) => {
    const indent = " ".repeat((LONGEST - slots.length) / 2 * CELL + 2);
    const cells = slots.map((slot) => `${String(slot).padStart(2)} ${wordOf(slot) ?? "-"}`);
    return (indent + cells.map((cell) => cell.padEnd(CELL)).join("")).trimEnd();
  }).join("\n");
}
