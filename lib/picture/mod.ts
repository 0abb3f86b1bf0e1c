/**
 * Pictures of the camera and of its time series: SVG, PNG, and text for a terminal.
 *
 * @example
 * ```ts
 * import { automaticScale, cameraPicture } from "@ssdaq/ssdaq/picture";
 * import { CAMERA_PIXELS } from "@ssdaq/ssdaq/wire";
 * import { assert } from "@std/assert";
 *
 * const values = CAMERA_PIXELS.map(({ xMm }) => xMm);
 * const scale = automaticScale(values);
 * assert(cameraPicture({ values, scale, unit: "mm", title: "x of each pixel" }).startsWith("<svg"));
 * ```
 *
 * @module
 */

export * from "./camera_picture.ts";
export * from "./scale.ts";
export * from "./pixel_statistics.ts";
export * from "./series.ts";
export * from "./series_picture.ts";
export * from "./terminal_picture.ts";
export * from "./png.ts";
