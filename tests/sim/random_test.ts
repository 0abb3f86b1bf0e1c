import { Random } from "../../sim/random.ts";
import { assert, assertEquals, assertNotEquals } from "../assert.ts";
import { fc } from "../property.ts";

/** The first u32s of a stream. */
function first(seed: number, stream: number, count: number): number[] {
  const numbers = new Float64Array(count);
  new Random(seed, stream).fill(numbers, 0, 2 ** 32);
  return [...numbers];
}

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

Deno.test("Random gives what PractRand's sfc32 gives for the same 64 bits of seed", () => {
  // RNG_output sfc32 64 0x0, and 0x123456789ABCDEF, of PractRand 0.95.
  assertEquals(first(0, 0, 8), [
    0x514676c3,
    0x08a809df,
    0x30349d2b,
    0xfb52c520,
    0x38802be1,
    0x948279e6,
    0xec4bf1d9,
    0x7cb0a909,
  ]);
  assertEquals(first(0x89abcdef, 0x01234567, 8), [
    0x84712d97,
    0xf5a3d9c8,
    0x5cd0a295,
    0x35e05b54,
    0x4c627ca1,
    0x33a043e2,
    0xb6113c67,
    0x7cab9699,
  ]);
});

Deno.test("Random goes on where the last fill ended", () => {
  const random = new Random(1, 2);
  const parts = [3, 0, 7].map((length) => {
    const part = new Float64Array(length);
    random.fill(part, 0, 2 ** 32);
    return [...part];
  });
  assertEquals(parts.flat(), first(1, 2, 10));
});

Deno.test("Random stays within its bounds", () => {
  fc.assert(fc.property(u32, u32, (seed, stream) => {
    const numbers = new Float64Array(500);
    new Random(seed, stream).fill(numbers, -4, 4);
    assert(numbers.every((number) => number >= -4 && number < 4));
  }));
});

Deno.test("Random has another sequence for every seed and stream", () => {
  fc.assert(fc.property(u32, u32, u32, u32, (seed, stream, otherSeed, otherStream) => {
    fc.pre(seed !== otherSeed || stream !== otherStream);
    assertNotEquals(first(seed, stream, 4), first(otherSeed, otherStream, 4));
  }));
  const neighbours = Array.from({ length: 32 }, (_, stream) => first(1, stream, 1)[0]);
  assertEquals(new Set(neighbours).size, 32);
});
