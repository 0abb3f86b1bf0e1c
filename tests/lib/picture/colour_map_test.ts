import { type Colour, COLOUR_MAP, colourAt, hexOf } from "../../../lib/picture/colour_map.ts";
import { assert, assertEquals, assertGreater, assertLess } from "../../assert.ts";
import { nth } from "../../elements.ts";

/** Linear sRGB, by IEC 61966-2-1. */
function linear(part: number): number {
  const coded = part / 255;
  return coded <= 0.04045 ? coded / 12.92 : ((coded + 0.055) / 1.055) ** 2.4;
}

/** CIE L*a*b* for D65: another space than the map is made in. */
function lab(colour: Colour): [number, number, number] {
  const [red, green, blue] = [linear(colour[0]), linear(colour[1]), linear(colour[2])];
  const curve = (t: number) => t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116;
  const x = curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
  const y = curve(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

Deno.test("the colour map grows lighter at every step, from nearly black to nearly white", () => {
  const lightness = COLOUR_MAP.map((colour) => lab(colour)[0]);
  // Rounding to whole parts leaves the dark end uneven by up to half a step.
  for (let step = 4; step < 256; step++) assertGreater(lightness[step], lightness[step - 4]);
  assertLess(lightness[0], 10);
  assertGreater(lightness[255], 92);
});

Deno.test("equal steps of the colour map look alike: none is over 2.2 times the mean", () => {
  const labs = COLOUR_MAP.filter((_, step) => step % 15 === 0).map(lab);
  const steps = labs.slice(1).map((colour, index) =>
    Math.hypot(...colour.map((part, axis) => part - nth(nth(labs, index), axis)))
  );
  const mean = steps.reduce((sum, step) => sum + step) / steps.length;
  for (const step of steps) {
    assert(step < 2.2 * mean && step > mean / 2.2, `a step of ${step} beside a mean of ${mean}`);
  }
});

Deno.test("colourAt() has the end's colour beyond the range, and hexOf() writes it", () => {
  assertEquals(colourAt(-1), colourAt(0));
  assertEquals(colourAt(7), colourAt(1));
  assertEquals(colourAt(-Infinity), COLOUR_MAP[0]);
  assertEquals(hexOf([1, 16, 255]), "#0110ff");
});
