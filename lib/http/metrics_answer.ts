import type { Metric } from "./metrics.ts";

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
