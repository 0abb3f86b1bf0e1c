import { highU32, joinU64, lowU32, saturateU32, tackDifferenceNs } from "../../../lib/wire/tack.ts";
import { assertEquals } from "../../assert.ts";
import { fc } from "../../property.ts";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const EXACT = 2n ** 53n;

function difference(a: bigint, b: bigint): number {
  return tackDifferenceNs(highU32(a), lowU32(a), highU32(b), lowU32(b));
}

Deno.test("tackDifferenceNs() is exact for any two times less than 2^53 ns apart", () => {
  fc.assert(
    fc.property(u64, fc.bigInt({ min: -EXACT, max: EXACT }), (a, step) => {
      const b = a + step;
      fc.pre(b >= 0n && b < 2n ** 64n);
      assertEquals(difference(b, a), Number(step));
    }),
  );
});

Deno.test("tackDifferenceNs() is never wrong in sign", () => {
  fc.assert(fc.property(u64, u64, (a, b) => {
    assertEquals(Math.sign(difference(a, b)), Math.sign(Number(a - b)));
  }));
});

Deno.test("a u64 is the join of its halves", () => {
  assertEquals(highU32(0x0123456789abcdefn), 0x01234567);
  assertEquals(lowU32(0x0123456789abcdefn), 0x89abcdef);
  fc.assert(fc.property(u64, (value) => {
    assertEquals(joinU64(highU32(value), lowU32(value)), value);
  }));
});

Deno.test("saturateU32() stops at 2^32 - 1", () => {
  assertEquals(saturateU32(2 ** 32 - 1), 2 ** 32 - 1);
  assertEquals(saturateU32(2 ** 32), 2 ** 32 - 1);
  assertEquals(saturateU32(2 ** 63), 2 ** 32 - 1);
});
