/** A value of a metric. */
export interface MetricSample {
  value: number;
  labels?: Record<string, string>;
  /** What follows the metric's name: `_bucket`, `_sum` or `_count` of a histogram. */
  suffix?: string;
}

/** A metric as Prometheus knows it. */
export interface Metric {
  /** With its unit; a counter's ends with `_total`. */
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram";
  samples: readonly MetricSample[];
}

/** Metrics in the text format of Prometheus, 0.0.4. */
export async function metricsAnswer(metrics: readonly Metric[]): Promise<Response> {
  // Loaded when it is first asked for: most daemons are never scraped.
  const { Registry } = await import("prom-client");
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(promMetric(metric));
  return new Response(await registry.metrics(), {
    headers: { "content-type": registry.contentType },
  });
}

/** What a registry takes: any object that gives its values when it is asked. */
type Registered = Parameters<
  InstanceType<typeof import("prom-client").Registry>["registerMetric"]
>[0];

function promMetric({ name, help, type, samples }: Metric): Registered {
  const values = samples.map(({ value, labels = {}, suffix = "" }) => (
    { value, labels, metricName: name + suffix }
  ));
  const get = () => Promise.resolve({ name, help, type, values, aggregator: "sum" });
  return { name, get } as unknown as Registered;
}
