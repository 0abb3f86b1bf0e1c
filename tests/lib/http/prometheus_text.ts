import { assert, assertEquals } from "../../assert.ts";
import { last, nth } from "../../elements.ts";

/** A metric that was scraped. */
export interface Scraped {
  help: string;
  type: string;
  /** By what stands before the value: name and labels. */
  samples: Map<string, number>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABELS = String
  .raw`(?:\{${NAME}="(?:[^"\\\n]|\\["\\n])*"(?:,${NAME}="(?:[^"\\\n]|\\["\\n])*")*\})?`;
const SAMPLE = new RegExp(`^((${NAME})${LABELS}) (-?[0-9.e+-]+|NaN|[+-]Inf)$`);

/**
 * Parses the text format of Prometheus, version 0.0.4, and refuses what a server might: see
 * https://prometheus.io/docs/instrumenting/exposition_formats/.
 */
export function parsePrometheusText(text: string): Map<string, Scraped> {
  assert(text.endsWith("\n"), "the last line does not end");
  const metrics = new Map<string, Scraped>();
  let [name, metric]: [string, Scraped | undefined] = ["", undefined];
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [, helped, help] = new RegExp(`^# HELP (${NAME}) (.*)$`).exec(line) ?? [];
    const [, typed, type] = new RegExp(`^# TYPE (${NAME}) (\\w+)$`).exec(line) ?? [];
    if (helped !== undefined && help !== undefined) {
      assert(!metrics.has(helped), `${helped} comes twice`);
      const fresh: Scraped = { help, type: "", samples: new Map() };
      [name, metric] = [helped, fresh];
      metrics.set(helped, fresh);
    } else if (typed !== undefined && type !== undefined) {
      assert(metric !== undefined && typed === name, `the type of ${typed} has no help`);
      assert(["counter", "gauge", "histogram"].includes(type), line);
      metric.type = type;
    } else {
      const sample = SAMPLE.exec(line);
      assert(sample !== null && metric !== undefined, `this is no sample: ${line}`);
      const [series, base, value] = [nth(sample, 1), nth(sample, 2), nth(sample, 3)];
      const known = metric.type === "histogram"
        ? ["_bucket", "_sum", "_count"].map((suffix) => name + suffix)
        : [name];
      assert(known.includes(base) && metric.type !== "", `${base} stands below ${name}`);
      assert(!metric.samples.has(series), `${series} comes twice`);
      metric.samples.set(series, Number(value.replace("Inf", "Infinity")));
    }
  }
  for (const [name, metric] of metrics) if (metric.type === "histogram") checkBuckets(name, metric);
  return metrics;
}

function checkBuckets(name: string, { samples }: Scraped): void {
  const buckets = [...samples].filter(([series]) => series.startsWith(`${name}_bucket{`));
  buckets.reduce((before, [, count]) => (assert(count >= before, `${name} falls`), count), 0);
  const [le, total] = last(buckets);
  assertEquals(le, `${name}_bucket{le="+Inf"}`);
  assertEquals(samples.get(`${name}_count`), total);
}
