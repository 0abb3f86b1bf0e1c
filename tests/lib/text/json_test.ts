import { fromJson, toJson } from "../../../lib/text/json.ts";
import { assertEquals } from "../../assert.ts";
import { fc } from "../../property.ts";

Deno.test("toJson() writes a bigint with all its digits, as a number", () => {
  assertEquals(toJson({ tack: 1_542_000_000_123_456_789n }), '{"tack":1542000000123456789}');
  assertEquals(toJson([0n, -1n, 2n ** 64n - 1n]), "[0,-1,18446744073709551615]");
});

Deno.test("toJson() keeps every digit of every u64", () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
    assertEquals(toJson({ value }), `{"value":${value}}`);
  }));
});

Deno.test("toJson() writes all else as JSON does", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assertEquals(toJson(value), JSON.stringify(value));
    assertEquals(toJson({ value }, 2), JSON.stringify({ value }, undefined, 2));
  }));
});

Deno.test("fromJson() reads back whatever toJson() wrote, every digit of it", () => {
  const integers = fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n });
  fc.assert(fc.property(fc.array(integers), fc.jsonValue(), (bigints, value) => {
    const read = fromJson(toJson({ bigints, value })) as { bigints: unknown[]; value: unknown };
    assertEquals(read.bigints.map((number) => BigInt(number as number)), bigints);
    assertEquals(toJson(read.value), toJson(value));
  }));
});

Deno.test("fromJson() leaves numbers that a double holds, and fractions, as numbers", () => {
  assertEquals(fromJson("[1, -0.5, 1e300, 9007199254740991]"), [1, -0.5, 1e300, 2 ** 53 - 1]);
  assertEquals(fromJson("[9007199254740993]"), [9007199254740993n]);
});
