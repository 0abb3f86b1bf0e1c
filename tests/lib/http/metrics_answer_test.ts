import { metricsAnswer } from "../../../lib/http/metrics_answer.ts";
import { assertEquals } from "../../assert.ts";
import { parsePrometheusText } from "./prometheus_text.ts";

Deno.test("metrics are written as Prometheus reads them: help, type, labels, odd text and odd numbers", async () => {
  const answer = metricsAnswer([
    {
      name: "ssdaq_odd_total",
      help: 'a "word", a back\\slash\nand a second line',
      type: "counter",
      samples: [
        { value: 1e21 },
        { value: 0.1, labels: { endpoint: 'tcp://"a"\\b\nc', slot: "" } },
        { value: Infinity, labels: { slot: "1" } },
        { value: -Infinity, labels: { slot: "2" } },
        { value: NaN, labels: { slot: "3" } },
      ],
    },
    { name: "ssdaq_empty", help: "none yet", type: "gauge", samples: [] },
    {
      name: "ssdaq_wait_seconds",
      help: "waits",
      type: "histogram",
      samples: [
        { value: 1, labels: { le: "0.1" }, suffix: "_bucket" },
        { value: 2, labels: { le: "+Inf" }, suffix: "_bucket" },
        { value: 3.5, suffix: "_sum" },
        { value: 2, suffix: "_count" },
      ],
    },
  ]);
  assertEquals(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const text = await answer.text();
  assertEquals(
    text,
    String.raw`# HELP ssdaq_odd_total a "word", a back\\slash\nand a second line
# TYPE ssdaq_odd_total counter
ssdaq_odd_total 1e+21
ssdaq_odd_total{endpoint="tcp://\"a\"\\b\nc",slot=""} 0.1
ssdaq_odd_total{slot="1"} +Inf
ssdaq_odd_total{slot="2"} -Inf
ssdaq_odd_total{slot="3"} NaN

# HELP ssdaq_empty none yet
# TYPE ssdaq_empty gauge

# HELP ssdaq_wait_seconds waits
# TYPE ssdaq_wait_seconds histogram
ssdaq_wait_seconds_bucket{le="0.1"} 1
ssdaq_wait_seconds_bucket{le="+Inf"} 2
ssdaq_wait_seconds_sum 3.5
ssdaq_wait_seconds_count 2
`,
  );
  assertEquals([...parsePrometheusText(text).keys()].length, 3);
});
