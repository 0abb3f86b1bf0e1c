import {
  ALL_SLOTS,
  CAMERA_PIXELS,
  countSlots,
  neighboursOf,
  NO_SLOT,
  pixelAt,
  slotOfAddress,
  slotsOf,
} from "../../../lib/wire/camera.ts";
import { assert, assertEquals } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { fc } from "../../property.ts";

/** An IPv4 address as a u32. */
function ipv4(...octets: [number, number, number, number]): number {
  return octets.reduce((address, octet) => address * 256 + octet, 0);
}

Deno.test("slotOfAddress() takes .101 to .132 for slots 0 to 31 with base 1", () => {
  for (let slot = 0; slot < 32; slot++) {
    assertEquals(slotOfAddress(ipv4(127, 0, 0, 101 + slot), 1), slot);
    assertEquals(slotOfAddress(ipv4(192, 168, 255, 101 + slot), 1), slot);
  }
  assertEquals(slotOfAddress(ipv4(127, 0, 0, 100), 1), NO_SLOT);
  assertEquals(slotOfAddress(ipv4(127, 0, 0, 133), 1), NO_SLOT);
});

Deno.test("slotOfAddress() takes .100 to .131 for slots 0 to 31 with base 0", () => {
  for (let slot = 0; slot < 32; slot++) {
    assertEquals(slotOfAddress(ipv4(172, 18, 0, 100 + slot), 0), slot);
  }
  assertEquals(slotOfAddress(ipv4(172, 18, 0, 99), 0), NO_SLOT);
  assertEquals(slotOfAddress(ipv4(172, 18, 0, 132), 0), NO_SLOT);
});

Deno.test("slotOfAddress() looks at the last octet alone, modulo 100", () => {
  const octet = fc.nat(255);
  fc.assert(fc.property(octet, octet, octet, octet, fc.nat(1), (a, b, c, last, base) => {
    const slot = last % 100 - base;
    const expected = slot >= 0 && slot <= 31 ? slot : -1;
    assertEquals(slotOfAddress(ipv4(a, b, c, last), base), expected);
  }));
});

Deno.test("slotsOf() names exactly the slots a mask was made of, in rising order", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(31)), (slots) => {
    const mask = slots.reduce((sum, slot) => sum + 2 ** slot, 0);
    assertEquals(slotsOf(mask), slots.toSorted((a, b) => a - b));
    // A mask may come as a signed number, from `|` or `~`.
    assertEquals(slotsOf(mask | 0), slotsOf(mask));
  }));
});

Deno.test("countSlots() counts the slots a mask was made of", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(31)), (slots) => {
    const mask = slots.reduce((sum, slot) => sum + 2 ** slot, 0);
    assertEquals(countSlots(mask), slots.length);
    assertEquals(countSlots(mask | 0), slots.length);
  }));
});

Deno.test("ALL_SLOTS has 32 slots, and 0 none", () => {
  assertEquals(slotsOf(ALL_SLOTS), Array.from({ length: 32 }, (_, slot) => slot));
  assertEquals(countSlots(ALL_SLOTS), 32);
  assertEquals(slotsOf(0), []);
  assertEquals(countSlots(0), 0);
});

/** Slot, raw line, tmpix, x and y in mm, from the pixel mapping of CameraConfiguration 1.1.0. */
const CENTRES = `
0,4,21,143.1036,89.2903
1,13,31,124.6170,10.6081
2,22,3,137.1869,-42.5968
3,31,9,130.5564,-76.5311
4,40,60,83.1390,129.4418
5,49,43,77.3258,57.3923
6,58,41,83.7548,42.5968
8,3,15,64.4852,-70.1515
9,12,19,102.3449,-123.0984
10,21,2,17.0105,148.4720
11,30,4,42.8449,63.7719
12,39,62,36.4911,23.7035
13,48,55,4.5027,-23.7035
14,57,40,36.4609,-57.3923
16,2,16,-42.6926,123.0984
17,11,26,-4.3901,95.6699
18,20,10,-36.4865,30.1012
19,29,0,-17.2797,-49.2944
20,38,61,-23.5969,-89.2903
21,47,49,-49.1360,-110.4116
22,56,33,-76.6914,135.7852
24,1,24,-96.5955,4.2104
25,10,18,-58.2795,-23.4036
26,19,20,-83.5402,-82.9107
27,28,12,-63.9331,-135.7852
28,37,63,-143.1036,89.2903
29,46,51,-111.9328,10.6081
30,55,38,-156.2132,-42.5968
`.trim().split("\n").map((line) => line.split(",").map(Number));

Deno.test("CAMERA_PIXELS stand where the camera's mapping has them, to 2 um", () => {
  for (const [slot = NaN, rawLine = NaN, tmpix, xMm = NaN, yMm = NaN] of CENTRES) {
    const pixel = nth(CAMERA_PIXELS, 64 * slot + rawLine);
    assertEquals([pixel.slot, pixel.rawLine, pixel.tmpix], [slot, rawLine, tmpix]);
    for (const offMm of [pixel.xMm - xMm, pixel.yMm - yMm]) {
      assert(Math.abs(offMm) < 0.002, `slot ${slot}, raw line ${rawLine}: off by ${offMm} mm`);
    }
  }
});

Deno.test("CAMERA_PIXELS has every pixel once, whatever it is counted by", () => {
  const keys = [
    CAMERA_PIXELS.map(({ slot, rawLine }) => `${slot} ${rawLine}`),
    CAMERA_PIXELS.map(({ slot, tmpix }) => `${slot} ${tmpix}`),
    CAMERA_PIXELS.map(({ slot, row, column }) => `${slot} ${row} ${column}`),
    CAMERA_PIXELS.map(({ cameraRow, cameraColumn }) => `${cameraRow} ${cameraColumn}`),
  ];
  for (const names of keys) assertEquals(new Set(names).size, 2048);
  CAMERA_PIXELS.forEach(({ pixel }, index) => assertEquals(pixel, index));
});

Deno.test("the camera's grid runs to the right with x and down with falling y", () => {
  const byRow = CAMERA_PIXELS.toSorted((a, b) => a.cameraRow - b.cameraRow);
  const byColumn = CAMERA_PIXELS.toSorted((a, b) => a.cameraColumn - b.cameraColumn);
  // Rows and columns are 5 mm apart at least, and within one module's pixels 0.8 mm uneven.
  byRow.reduce((a, b) => (assert(b.cameraRow === a.cameraRow || b.yMm < a.yMm - 5), b));
  byColumn.reduce((a, b) => (assert(b.cameraColumn === a.cameraColumn || b.xMm > a.xMm + 5), b));
});

Deno.test("neighboursOf() finds the pixels a step to the side, and with corners both steps", () => {
  const isStep = (mm: number) => Math.abs(mm) > 5 && Math.abs(mm) < 9.2;
  const isNone = (mm: number) => Math.abs(mm) < 1.5;
  for (const pixel of [...Array(512).keys()].map((index) => 4 * index + index % 4)) {
    const { xMm, yMm } = nth(CAMERA_PIXELS, pixel);
    const near = CAMERA_PIXELS.map((other) => ({
      pixel: other.pixel,
      steps: [other.xMm - xMm, other.yMm - yMm],
    })).filter(({ steps }) => steps.every((mm) => isStep(mm) || isNone(mm)));
    const beside = near.filter(({ steps }) => steps.some(isNone) && steps.some(isStep));
    const around = near.filter(({ steps }) => steps.some(isStep));
    assertEquals(neighboursOf(pixel), beside.map((other) => other.pixel));
    assertEquals(neighboursOf(pixel, true), around.map((other) => other.pixel));
  }
});

Deno.test("pixelAt() knows every pixel's place, and that corners and outside have none", () => {
  for (const { pixel, cameraRow, cameraColumn } of CAMERA_PIXELS) {
    assertEquals(pixelAt(cameraRow, cameraColumn), pixel);
  }
  const outside = [[0, 0], [7, 7], [0, 47], [47, 40], [-1, 20], [20, 48], [20, -1]] as const;
  for (const [row, column] of outside) {
    assertEquals(pixelAt(row, column), undefined);
  }
});
