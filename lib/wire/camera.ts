/**
 * The camera: its modules and pixels, their positions, and the slot of an IPv4 address.
 *
 * A pixel is identified by its slot and raw line. Its number, 64 x slot + raw line, 0..2047, is its
 * index among an event's voltages. The facts of the camera CHEC-S are from the pixel mapping of
 * CameraConfiguration 1.1.0.
 *
 * @module
 */

import { itemAt } from "../item_at.ts";

/** Number of slots in the camera; slots are numbered 0..31. */
export const SLOTS = 32;

/** Pixels of one module, in raw line order 0..63. */
export const PIXELS_PER_MODULE = 64;

/** Pixels of the camera. */
export const PIXELS = SLOTS * PIXELS_PER_MODULE;

/** A module mask with every slot: bit s is slot s. */
export const ALL_SLOTS = 0xffffffff;

/** The value for an unknown sender instead of a slot. */
export const NO_SLOT = -1;

/**
 * The slot of the module that sends from an IPv4 address: (last octet mod 100) - base.
 *
 * With base 1 the addresses .101 to .132 are slots 0 to 31 (README of the original). With base 0,
 * .100 to .131 are (the original from November 2018 on).
 *
 * @param ipv4 the address as a u32, first octet in the top byte
 * @param moduleBase 0 or 1
 * @returns 0..31, or {@linkcode NO_SLOT} if no module has this address
 */
export function slotOfAddress(ipv4: number, moduleBase: number): number {
  const slot = ((ipv4 & 0xff) % 100) - moduleBase;
  return slot >= 0 && slot < SLOTS ? slot : NO_SLOT;
}

/** Number of slots in a module mask. */
export function countSlots(mask: number): number {
  let n = mask - ((mask >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return (((n + (n >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** The slots in a module mask, in rising order. */
export function slotsOf(mask: number): number[] {
  const slots: number[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    if ((mask >>> slot) & 1) slots.push(slot);
  }
  return slots;
}

/** First slots of the camera's six lines of modules. */
const LINE_STARTS = [0, 4, 10, 16, 22, 28];

/** The slots in the camera's six lines of modules, with 4, 6, 6, 6, 6 and 4 modules. */
export const CAMERA_LINES: readonly (readonly number[])[] = LINE_STARTS.map((start, line) =>
  Array.from({ length: (LINE_STARTS[line + 1] ?? SLOTS) - start }, (_, index) => start + index)
);

/** Modules in the longest of these lines. */
const LONGEST_LINE = 6;

/** Rows and columns of pixels in a module. */
const MODULE_SIDE = 8;

/** Rows and columns of the camera's grid of pixels. Its corners have no pixels. */
export const CAMERA_SIDE = LONGEST_LINE * MODULE_SIDE;

/** Raw lines by position on the module: index 8 r + c is row r and column c. */
export const RAW_LINE_AT: readonly number[] = [
  ...[8, 1, 5, 6, 41, 43, 51, 47],
  ...[11, 14, 13, 7, 44, 36, 42, 46],
  ...[12, 2, 4, 15, 38, 37, 33, 45],
  ...[10, 16, 9, 19, 40, 39, 34, 48],
  ...[26, 28, 20, 31, 56, 54, 35, 63],
  ...[17, 3, 18, 25, 62, 53, 32, 61],
  ...[27, 30, 21, 22, 58, 52, 59, 55],
  ...[24, 0, 29, 23, 49, 57, 50, 60],
];

/** Raw lines by ASIC channel, which is the order of a module's fast data (`tmpix`). */
export const RAW_LINE_OF_TMPIX: readonly number[] = [
  ...[29, 23, 21, 22, 30, 27, 24, 0, 25, 31, 20, 18, 28, 26, 17, 3],
  ...[2, 16, 10, 12, 19, 4, 15, 9, 1, 8, 11, 14, 6, 7, 5, 13],
  ...[62, 56, 54, 53, 59, 60, 55, 50, 57, 58, 52, 49, 61, 63, 32, 35],
  ...[51, 47, 42, 46, 33, 34, 45, 48, 44, 36, 41, 43, 40, 38, 39, 37],
];

/** Modules mounted as drawn. The others are turned by 180 degrees. */
const UPRIGHT_SLOTS = new Set([0, 2, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 28, 30]);

/** Modules of the innermost rows that are 0.3 mm further out than their neighbours. */
const OUTER_SLOTS = new Set([12, 13, 18, 19]);

/** Pitch along x, mm, by the line's distance from the camera's edge: 0 the edge, 2 the middle. */
const PITCH_X_MM = [6.3421, 6.3791, 6.3977];
/** Pitch along y, mm, by the module's distance from the middle: 0 the middle, 2 the edge. */
const PITCH_Y_MM = [6.3977, 6.3796, 6.3434];
/** Distance of a module's centre from the x axis, mm, by its distance from the middle. */
const MODULE_Y_MM = [26.6025, 79.7209, 132.6135];
const OUTER_MODULE_Y_MM = 26.9023;
/**
 * Distance of a module's centre from the y axis, mm, by its line and its distance from the middle.
 */
const MODULE_X_MM = [
  [134.073, 133.6932],
  [80.5996, 80.3712, 79.9152],
  [26.8923, 26.8163, 26.6642],
];
/** Shift of a row of pixels in x against the row before, mm, by the same. */
const SHEAR_MM = [
  [0.0229, 0.0685],
  [0.0137, 0.0412, 0.0685],
  [0.0046, 0.0137, 0.0229],
];

/** A pixel and its position. */
export interface Pixel {
  /** 64 x slot + raw line: its index among an event's voltages. */
  pixel: number;
  /** 0..31. */
  slot: number;
  /** Its index among its module's 64 voltages. */
  rawLine: number;
  /** Its ASIC channel: its index in the module's fast data, 0..63. */
  tmpix: number;
  /** Row and column on the module as drawn, 0..7. */
  row: number;
  column: number;
  /** Row of the camera's grid, 0 (top, largest y) to 47. */
  cameraRow: number;
  /** Column of the camera's grid, 0 (left, smallest x) to 47. */
  cameraColumn: number;
  /** Centre, mm, in the flat projection of the camera, x to the right and y upwards. */
  xMm: number;
  yMm: number;
}

/**
 * All 2048 pixels, in the order of an event's voltages.
 *
 * Their centres agree with the table of CameraConfiguration 1.1.0 to 2 um.
 */
export const CAMERA_PIXELS: readonly Readonly<Pixel>[] = CAMERA_LINES.flatMap((slots, line) =>
  slots.flatMap((slot, index) => pixelsOfModule(slot, line, index))
);

/** A module's 64 pixels, by raw line. */
export function modulePixels(slot: number): readonly Readonly<Pixel>[] {
  return CAMERA_PIXELS.slice(slot * PIXELS_PER_MODULE, (slot + 1) * PIXELS_PER_MODULE);
}

const PIXEL_AT = new Map(
  CAMERA_PIXELS.map(({ pixel, cameraRow, cameraColumn }) => [
    placeOf(cameraRow, cameraColumn),
    pixel,
  ]),
);

/** The pixel at a position in the camera's grid; undefined if there is none. */
export function pixelAt(cameraRow: number, cameraColumn: number): number | undefined {
  const isInside = [cameraRow, cameraColumn].every((index) => index >= 0 && index < CAMERA_SIDE);
  return isInside ? PIXEL_AT.get(placeOf(cameraRow, cameraColumn)) : undefined;
}

/**
 * The neighbours of a pixel, also across the gaps between modules.
 *
 * @param pixel 0..2047
 * @param corners whether pixels that only share a corner count
 * @returns 2 to 4 pixels, or 3 to 8 with corners, in rising order
 */
export function neighboursOf(pixel: number, corners = false): number[] {
  const { cameraRow, cameraColumn } = itemAt(CAMERA_PIXELS, pixel);
  const found: number[] = [];
  for (const down of [-1, 0, 1]) {
    for (const right of [-1, 0, 1]) {
      const steps = Math.abs(down) + Math.abs(right);
      if (steps === 0 || (steps === 2 && !corners)) continue;
      const neighbour = pixelAt(cameraRow + down, cameraColumn + right);
      if (neighbour !== undefined) found.push(neighbour);
    }
  }
  return found.sort((a, b) => a - b);
}

function placeOf(cameraRow: number, cameraColumn: number): number {
  return cameraRow * CAMERA_SIDE + cameraColumn;
}

/** Pixels of the module at position `index` of a line, from above. Lines count from the right. */
function pixelsOfModule(slot: number, line: number, index: number): Pixel[] {
  const fromAbove = index + (LONGEST_LINE - itemAt(CAMERA_LINES, line).length) / 2;
  const edge = Math.min(line, LONGEST_LINE - 1 - line);
  const out = Math.max(fromAbove - 3, 2 - fromAbove);
  const signX = line < 3 ? 1 : -1;
  const signY = fromAbove < 3 ? 1 : -1;
  const centreX = signX * itemAt(itemAt(MODULE_X_MM, edge), out);
  const centreY = signY * (OUTER_SLOTS.has(slot) ? OUTER_MODULE_Y_MM : itemAt(MODULE_Y_MM, out));
  const shear = -signX * signY * itemAt(itemAt(SHEAR_MM, edge), out);
  const pitchX = itemAt(PITCH_X_MM, edge);
  const pitchY = itemAt(PITCH_Y_MM, out);
  const isUpright = UPRIGHT_SLOTS.has(slot);
  return Array.from({ length: PIXELS_PER_MODULE }, (_, rawLine) => {
    const place = RAW_LINE_AT.indexOf(rawLine);
    const row = Math.floor(place / MODULE_SIDE);
    const column = place % MODULE_SIDE;
    const toRight = isUpright ? MODULE_SIDE - 1 - column : column;
    const upwards = isUpright ? MODULE_SIDE - 1 - row : row;
    const middle = (MODULE_SIDE - 1) / 2;
    return {
      pixel: slot * PIXELS_PER_MODULE + rawLine,
      slot,
      rawLine,
      tmpix: RAW_LINE_OF_TMPIX.indexOf(rawLine),
      row,
      column,
      cameraRow: fromAbove * MODULE_SIDE + MODULE_SIDE - 1 - upwards,
      cameraColumn: (LONGEST_LINE - 1 - line) * MODULE_SIDE + toRight,
      xMm: centreX + pitchX * (toRight - middle) + shear * (upwards - middle),
      yMm: centreY + pitchY * (upwards - middle),
    };
  });
}
