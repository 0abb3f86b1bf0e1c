import { parseByteSize } from "../../../cli/options/parse_byte_size.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { fc } from "../../property.ts";

const parse = (text: string) => parseByteSize("--max-size", text);

Deno.test("parseByteSize() keeps units of 1000 and of 1024 apart", () => {
  assertEquals(["1B", "1kB", "1MB", "1GB", "1TB"].map(parse), [1, 1e3, 1e6, 1e9, 1e12]);
  assertEquals(
    ["1KiB", "600MiB", "2GiB", "1TiB"].map(parse),
    [1024, 600 * 2 ** 20, 2 ** 31, 2 ** 40],
  );
  assertEquals(parse("1.5KiB"), 1536);
});

Deno.test("parseByteSize() gives whole bytes", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 9999 }), fc.nat(99), (whole, part) => {
    assertEquals(Number.isInteger(parse(`${whole}.${part}kB`)), true);
    assertEquals(parse(`${whole}MiB`), whole * 2 ** 20);
  }));
});

Deno.test("parseByteSize() refuses what is no size with the key, the value and the units", () => {
  const endless = `${"9".repeat(400)}B`;
  for (const text of ["", "5", "MiB", "0B", "0.5B", "-1MB", "1 MB", "1mb", "1M", "1e3B", endless]) {
    assertThrows(
      () => parse(text),
      ConfigurationError,
      `--max-size${text && ` ${text}`}: not a size above 0; give a number and a unit of B, kB, MB`,
    );
  }
});
