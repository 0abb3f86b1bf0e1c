import { Complaints } from "../../lib/complaints.ts";
import { assertEquals } from "../assert.ts";
import { stageLogTo } from "../log_lines.ts";

Deno.test("Complaints says the first of each reason at once, then one in 10 s with a count", () => {
  const lines: string[] = [];
  const complaints = new Complaints<"a" | "b">(stageLogTo(lines));
  for (let nowMs = 0; nowMs <= 20_000; nowMs += 10) {
    complaints.complain("a", nowMs, () => `a at ${nowMs}`);
  }
  complaints.complain("b", 5, () => "b");
  assertEquals(lines, [
    "a at 0",
    "a at 10000 (1000 times since the last such line)",
    "a at 20000 (1000 times since the last such line)",
    "b",
  ]);
});

Deno.test("Complaints says so many of a reason in 10 s as it is told to", () => {
  const lines: string[] = [];
  const complaints = new Complaints<"a">(stageLogTo(lines), 2);
  for (let nowMs = 0; nowMs < 20_000; nowMs += 2500) {
    complaints.complain("a", nowMs, () => `at ${nowMs}`);
  }
  assertEquals(lines, [
    "at 0",
    "at 2500",
    "at 10000 (3 times since the last such line)",
    "at 12500",
  ]);
});
