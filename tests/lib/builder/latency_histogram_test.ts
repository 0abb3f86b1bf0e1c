import { Builder } from "../../../lib/builder/builder.ts";
import { LatencyHistogram } from "../../../lib/builder/latency_histogram.ts";
import { newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("LatencyHistogram counts each latency in the first bucket whose end is not below it", () => {
  const histogram = new LatencyHistogram();
  for (const latencyMs of [0, 1, 1.1, 5000, 5001, 1e9]) histogram.add(latencyMs);
  assertEquals([...histogram.counts], [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
  assertEquals(histogram.sumSeconds, 1_000_010.0031);
});

Deno.test("a Builder without events has no latencies", () => {
  const builder = new Builder({}, newDaemonLedger());
  builder.emit(1e6);
  assertEquals(builder.latency.counts.every((count) => count === 0), true);
});
