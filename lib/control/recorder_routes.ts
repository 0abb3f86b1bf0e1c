import { jsonAnswer, textAnswer } from "./answer.ts";
import type { Route } from "./control_server.ts";
import { metricsAnswer } from "./metrics_answer.ts";
import { recorderMetrics } from "./recorder_metrics.ts";
import { recorderStatus, type RecorderStatusSource } from "./recorder_status.ts";

/** What a recorder answers to while it records: `GET /status`, `/healthz` and `/metrics`. */
export function recorderRoutes(source: RecorderStatusSource): Route[] {
  const status = () => recorderStatus(source, performance.now());
  return [
    { method: "GET", path: "/status", handle: () => jsonAnswer(status()) },
    { method: "GET", path: "/healthz", open: true, handle: () => textAnswer(200, "ok") },
    { method: "GET", path: "/metrics", handle: () => metricsAnswer(recorderMetrics(status())) },
  ];
}
