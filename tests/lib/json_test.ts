import fc from "fast-check";
import { toJson } from "../../lib/json.ts";
import { assertEquals } from "../assert.ts";

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
