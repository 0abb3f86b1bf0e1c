/**
 * The camera: how many modules and pixels it has, and which module an address belongs to.
 *
 * @module
 */

/** Places for modules in the camera; slots are numbered 0..31. */
export const SLOTS = 32;

/** Pixels of one module, in raw line order 0..63. */
export const PIXELS_PER_MODULE = 64;

/** Pixels of the camera. */
export const PIXELS = SLOTS * PIXELS_PER_MODULE;

/** A module mask with every slot in it: bit s stands for slot s. */
export const ALL_SLOTS = 0xffffffff;

/** What an unknown sender has instead of a slot. */
export const NO_SLOT = -1;

/**
 * The slot of the module that sends from an IPv4 address: (last octet mod 100) - base.
 *
 * With base 1 the addresses .101 to .132 are slots 0 to 31 (the original's README); with base 0,
 * .100 to .131 are (the original from November 2018 on).
 *
 * @param ipv4 the address as a u32, first octet in the top byte
 * @param moduleBase 0 or 1
 * @returns 0..31, or {@linkcode NO_SLOT} when no module has this address
 */
export function slotOfAddress(ipv4: number, moduleBase: number): number {
  const slot = ((ipv4 & 0xff) % 100) - moduleBase;
  return slot >= 0 && slot < SLOTS ? slot : NO_SLOT;
}

/** How many slots a module mask names. */
export function countSlots(mask: number): number {
  let n = mask - ((mask >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return (((n + (n >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** The slots a module mask names, in rising order. */
export function slotsOf(mask: number): number[] {
  const slots: number[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    if ((mask >>> slot) & 1) slots.push(slot);
  }
  return slots;
}

/** Slots at which the camera's six lines of modules begin. */
const LINE_STARTS = [0, 4, 10, 16, 22, 28];

/** The slots of the six lines in which the modules stand, of 4, 6, 6, 6, 6 and 4 modules. */
export const CAMERA_LINES: readonly (readonly number[])[] = LINE_STARTS.map((start, line) =>
  Array.from({ length: (LINE_STARTS[line + 1] ?? SLOTS) - start }, (_, index) => start + index)
);
