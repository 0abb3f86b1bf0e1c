import type { Metric, MetricSample } from "./metrics.ts";

/**
 * Metrics in the text format of Prometheus, 0.0.4: see
 * https://prometheus.io/docs/instrumenting/exposition_formats/.
 */
export function metricsAnswer(metrics: readonly Metric[]): Response {
  return new Response(metrics.map(metricText).join("\n"), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  });
}

function metricText({ name, help, type, samples }: Metric): string {
  return [
    `# HELP ${name} ${escaped(help)}\n`,
    `# TYPE ${name} ${type}\n`,
    ...samples.map((sample) => sampleText(name, sample)),
  ].join("");
}

function sampleText(name: string, { value, labels = {}, suffix = "" }: MetricSample): string {
  const pairs = Object.entries(labels).map(([label, text]) =>
    `${label}="${escaped(text).replaceAll('"', '\\"')}"`
  );
  const labelled = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return `${name}${suffix}${labelled} ${valueText(value)}\n`;
}

/** Only infinity is written differently from JavaScript. */
function valueText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
