import { count, ledgerText, percent, table } from "../../../cli/terminal/format.ts";
import { newDaemonLedger, newRecorderLedger } from "../../../lib/ledger/ledger.ts";
import { assertEquals, assertStringIncludes } from "../../assert.ts";
import { fc } from "../../property.ts";

Deno.test("count() sets thousands apart and loses no digit", () => {
  assertEquals([0, 999, 1000, 12345, 1234567].map(count), [
    "0",
    "999",
    "1 000",
    "12 345",
    "1 234 567",
  ]);
  fc.assert(fc.property(fc.nat(), (value) => {
    assertEquals(count(value).replaceAll(" ", ""), String(value));
    assertEquals(/^\d{1,3}( \d{3})*$/.test(count(value)), true);
  }));
});

Deno.test("percent() says 100 only of the whole, and nothing of nothing", () => {
  assertEquals(percent(1, 1), "100.0 %");
  assertEquals(percent(99_999, 100_000), "99.9 %");
  assertEquals(percent(0, 5), "0.0 %");
  assertEquals(percent(0, 0), "-");
});

Deno.test("table() aligns the first column to the left and the others to the right", () => {
  assertEquals(
    table([["slot", "packets"], ["0", "12"], ["31"]]),
    "slot  packets\n0          12\n31",
  );
});

Deno.test("ledgerText() tells every counter, and reasons only where there are any", () => {
  const ledger = newDaemonLedger();
  ledger.packets.received = ledger.packets.accepted = 1234;
  const text = ledgerText(ledger);
  assertStringIncludes(text, "packets   received 1 234  accepted 1 234  malformed 0");
  assertStringIncludes(text, "events    built 0  complete 0");
  assertEquals(text.includes("byteOrder"), false);
  assertEquals(text.endsWith("\nthe account closes"), true);
  ledger.packets.received++;
  ledger.packets.malformed++;
  ledger.malformed.byteOrder++;
  assertStringIncludes(ledgerText(ledger), "malformed byteOrder 1\n");
});

Deno.test("ledgerText() says loudly which identity is broken, and by how much", () => {
  const ledger = newRecorderLedger();
  ledger.recorder.heard = 3;
  assertStringIncludes(
    ledgerText(ledger),
    "THE ACCOUNT DOES NOT CLOSE: recorder: heard + filled = stored + duplicate + unstored (off by 3)",
  );
});
