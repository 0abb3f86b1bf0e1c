import { timeOfDayText, utcText } from "../../../lib/text/time_text.ts";
import { assertEquals, assertMatch } from "../../assert.ts";
import { fc } from "../../property.ts";

Deno.test("utcText() writes a time in UTC, and seconds where there is no such time", () => {
  assertEquals(utcText(1_700_000_000.5), "2023-11-14T22:13:20.500Z");
  assertEquals(utcText(0), "1970-01-01T00:00:00.000Z");
  assertEquals(utcText(8.64e12), "+275760-09-13T00:00:00.000Z");
  assertEquals(utcText(8.64e12 + 1), "8640000000001 s (no valid time)");
  assertEquals(utcText(2 ** 64), "18446744073709552000 s (no valid time)");
  for (const seconds of [NaN, Infinity]) {
    assertEquals(utcText(seconds), `${seconds} s (no valid time)`);
  }
});

Deno.test("timeOfDayText() has eight characters for any number", () => {
  assertEquals(timeOfDayText(NaN), "--:--:--");
  fc.assert(
    fc.property(fc.double(), (seconds) => {
      assertMatch(timeOfDayText(seconds), /^(\d\d:\d\d:\d\d|--:--:--)$/);
    }),
  );
});
