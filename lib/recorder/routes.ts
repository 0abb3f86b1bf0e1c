import { jsonAnswer, textAnswer } from "../http/answer.ts";
import { connectionMetrics } from "../http/metrics.ts";
import { metricsAnswer } from "../http/metrics_answer.ts";
import { HEALTH_PLACES, STATUS_PLACES } from "../http/places.ts";
import type { Route } from "../http/server.ts";
import { recorderMetrics } from "./metrics.ts";
import { recorderStatus, type RecorderStatusSource } from "./status.ts";

/**
 * A recorder's routes: `GET /status`, `/healthz` and `/metrics`. `/healthz` answers 503 when the
 * recorder does not work, with one line for each problem. Waiting for a daemon is a problem too.
 */
export function recorderRoutes(source: RecorderStatusSource): Route[] {
  const status = () => recorderStatus(source, performance.now());
  return [
    { method: "GET", path: "/status", places: STATUS_PLACES, handle: () => jsonAnswer(status()) },
    {
      method: "GET",
      path: "/healthz",
      open: true,
      places: HEALTH_PLACES,
      handle() {
        const { problems } = status();
        return problems.length === 0 ? textAnswer(200, "ok") : textAnswer(503, problems.join("\n"));
      },
    },
    {
      method: "GET",
      path: "/metrics",
      handle: (_url, _signal, { connections }) =>
        metricsAnswer([...recorderMetrics(status()), ...connectionMetrics(connections)]),
    },
  ];
}
