import { ledgerMetrics } from "../../../lib/http/metrics.ts";
import { newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

Deno.test("each counter of a ledger is a metric, and a counter that is not defined is a defect", () => {
  const ledger = newDaemonLedger();
  ledger.packets.unknownSource = 3;
  const metrics = ledgerMetrics(ledger);
  const strays = metrics.find(({ name }) => name === "ssdaq_packets_unknown_source_total");
  assertEquals(strays?.samples, [{ value: 3 }]);
  Object.assign(ledger.events, { invented: 1 });
  assertThrows(() => ledgerMetrics(ledger), Error, "the counter events.invented");
});
