import { Complaints } from "../../lib/complaints.ts";
import { assertEquals } from "../assert.ts";

Deno.test("Complaints says the first of each reason at once, then one in 10 s with a count", () => {
  const lines: string[] = [];
  const complaints = new Complaints<"a" | "b">((line) => lines.push(line));
  for (let nowMs = 0; nowMs <= 20_000; nowMs += 10) {
    complaints.complain("a", nowMs, () => `a at ${nowMs}`);
  }
  complaints.complain("b", 5, () => "b");
  assertEquals(lines, [
    "a at 0",
    "a at 10000 (1000 such since the last line)",
    "a at 20000 (1000 such since the last line)",
    "b",
  ]);
});
