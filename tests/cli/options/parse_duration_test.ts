import { parseDurationMs } from "../../../cli/options/parse_duration.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { fc } from "../../property.ts";

const MS_PER_UNIT = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

Deno.test("parseDurationMs() takes each unit", () => {
  const parse = (text: string) => parseDurationMs("--window", text);
  const expected = {
    ...{ "1ns": 1e-6, "5us": 0.005, "10ms": 10, "2s": 2000 },
    ...{ "5m": 300_000, "1.5h": 5_400_000, "2d": 172_800_000 },
  };
  for (const [text, ms] of Object.entries(expected)) assertAlmostEquals(parse(text), ms, 1e-9);
});

Deno.test("parseDurationMs() takes any number with any unit", () => {
  const units = fc.constantFrom(...Object.entries(MS_PER_UNIT));
  fc.assert(fc.property(fc.integer({ min: 1, max: 10 ** 6 }), units, (number, [unit, ms]) => {
    assertEquals(parseDurationMs("--window", `${number}${unit}`), number * ms);
    const half = parseDurationMs("--window", `${number}.5${unit}`);
    assertAlmostEquals(half, (number + 0.5) * ms, 1e-6 * ms);
  }));
});

Deno.test("parseDurationMs() refuses what is none with the key, the value and the units", () => {
  const endless = `${"9".repeat(400)}s`;
  for (
    const text of [
      "",
      "10",
      "s",
      "0s",
      "0.0ms",
      "-1s",
      "1 s",
      "1S",
      "1min",
      ".5s",
      "1.s",
      "1e3s",
      "1s2m",
      "1constructor",
      "1s\n",
      endless,
    ]
  ) {
    assertThrows(
      () => parseDurationMs("--window", text),
      ConfigurationError,
      `--window${text && ` ${text}`}: not a duration above 0; give a number and a unit of ns, us`,
    );
  }
});

Deno.test("parseDurationMs() takes a duration or refuses it as configuration, whatever it is", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      assertEquals(Number.isFinite(parseDurationMs("--window", text)), true);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
    }
  }));
});
