import { formatDuration } from "../../../lib/text/duration.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("formatDuration() takes the unit that is easy to read", () => {
  const cases: [number, string][] = [
    [0.25, "0.3 ms"],
    [12, "12 ms"],
    [999.94, "999.9 ms"],
    [999.96, "1 s"],
    [2500, "2.5 s"],
    [119_000, "119 s"],
    [150_000, "2.5 min"],
    [9_000_000, "2.5 h"],
  ];
  for (const [ms, text] of cases) assertEquals(formatDuration(ms), text);
});
