import { RunRecord } from "../../../sim/manifest/run_record.ts";
import { assertEquals } from "../../assert.ts";
import { last } from "../../elements.ts";

Deno.test("RunRecord keeps 65 536 silences, counts all, and says that it is incomplete beyond", () => {
  const record = new RunRecord(1);
  const silences = 65_536;
  const fallSilent = (moment: number) => {
    record.made(0, 10 * moment, 10, moment % 2 === 0 ? "killed" : undefined);
  };
  for (let moment = 0; moment < 2 * silences; moment++) fallSilent(moment);
  const full = record.describe();
  assertEquals([full.silences.length, full.incomplete], [silences, false]);
  const firstReadout = 20 * (silences - 1);
  const lastSilence = { slot: 0, firstReadout, endReadout: firstReadout + 10, cause: "killed" };
  assertEquals(last(full.silences), lastSilence as typeof full.silences[0]);
  for (let moment = 2 * silences; moment < 2 * silences + 3; moment++) fallSilent(moment);
  const { silences: kept, incomplete, totals } = record.describe();
  assertEquals([kept.length, incomplete], [silences, true]);
  assertEquals([totals.killed, totals.packetsMade], [silences + 2, 2 * silences + 3]);
});
