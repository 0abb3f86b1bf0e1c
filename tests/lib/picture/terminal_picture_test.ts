import { terminalPicture } from "../../../lib/picture/terminal_picture.ts";
import { CAMERA_PIXELS } from "../../../lib/wire/camera.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { nth } from "../../elements.ts";

const SCALE = { low: 0, high: 90 };

/** An image that is dark but for some pixels. */
function lit(pixels: readonly number[], value = 90): Float64Array {
  const image = new Float64Array(2048);
  for (const pixel of pixels) image[pixel] = value;
  return image;
}

Deno.test("terminalPicture() shows a lit pixel at its place, in 48 x 24 characters", () => {
  for (const { pixel, cameraRow, cameraColumn } of CAMERA_PIXELS.filter((_, n) => n % 31 === 0)) {
    const lines = terminalPicture(lit([pixel]), SCALE, { colour: false });
    assertEquals(lines.length, 24);
    lines.forEach((line, index) => {
      const isHere = index === Math.floor(cameraRow / 2);
      assertEquals(line.indexOf("@"), isHere ? cameraColumn : -1);
    });
  }
});

Deno.test("terminalPicture() is smaller when it is coarse, and loses no lit pixel", () => {
  const { pixel, cameraRow, cameraColumn } = nth(CAMERA_PIXELS, 900);
  const lines = terminalPicture(lit([pixel]), SCALE, { colour: false, coarse: 4 });
  assertEquals(lines.length, 6);
  assertEquals(nth(lines, Math.floor(cameraRow / 8)).indexOf("@"), Math.floor(cameraColumn / 4));
});

Deno.test("terminalPicture() has question marks where a module is missing, with colours too", () => {
  const image = new Float64Array(2048).fill(NaN, 0, 64);
  const plain = terminalPicture(image, SCALE, { colour: false });
  // Slot 0 is the upper one of the line at the right, which is shorter.
  assertEquals(plain.slice(4, 8).map((line) => line.slice(40)), Array(4).fill("????????"));
  const coloured = terminalPicture(image, SCALE, { colour: true });
  assertEquals(coloured.join("").match(/\?/g)?.length, 32);
});

Deno.test("terminalPicture() with colours shows two pixels a character, and outside nothing", () => {
  const lines = terminalPicture(lit([]), SCALE, { colour: true });
  // deno-lint-ignore no-control-regex
  const plain = lines.map((line) => line.replace(/\x1b\[[\d;]*m/g, ""));
  assertEquals(plain[0], " ".repeat(8) + "▀".repeat(32) + " ".repeat(8));
  assertEquals(plain[12], "▀".repeat(48));
  const upper = CAMERA_PIXELS.find((p) => p.cameraRow === 20 && p.cameraColumn === 5);
  assert(upper !== undefined);
  // deno-lint-ignore no-control-regex
  const dark = /^\x1b\[0;38;5;(\d+);48;5;\1m▀{5}/;
  const line = nth(terminalPicture(lit([upper.pixel]), SCALE, { colour: true }), 10);
  assertMatch(line, dark);
  // deno-lint-ignore no-control-regex
  const [, front, back] = /▀{5}\x1b\[0;38;5;(\d+);48;5;(\d+)m▀/.exec(line) ?? [];
  const [, background] = dark.exec(line) ?? [];
  assertEquals(back, background);
  // The brightest colour of 256 that is a light yellow.
  assertEquals(front, "227");
});
