/// <reference lib="dom" />
import { itemAt } from "../../item_at.ts";
import { CAMERA_PIXELS } from "../../wire/camera.ts";
import type { ShownEvent } from "../protocol/frame.ts";

/** The shown event as a table: one line for each pixel, without absent ones. */
export function csvOf({ millivolts }: ShownEvent): string {
  const rows = CAMERA_PIXELS.flatMap(({ pixel, slot, rawLine, xMm, yMm }) => {
    const value = itemAt(millivolts, pixel);
    if (Number.isNaN(value)) return [];
    return [[slot, rawLine, xMm.toFixed(4), yMm.toFixed(4), value.toFixed(4)].join(",")];
  });
  return ["slot,raw_line,x_mm,y_mm,mV", ...rows].join("\n") + "\n";
}

/** Lets the user save a file. */
export function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
