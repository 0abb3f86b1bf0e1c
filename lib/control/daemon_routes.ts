import { jsonAnswer, textAnswer } from "./answer.ts";
import type { Route } from "./control_server.ts";
import { daemonStatus, type StatusSource } from "./daemon_status.ts";
import { daemonMetrics } from "./daemon_metrics.ts";
import { eventsAnswer } from "./events_answer.ts";
import { metricsAnswer } from "./metrics_answer.ts";

/**
 * What a daemon answers to: `GET /status`, `/healthz`, `/metrics` and `/events`, `POST /pause`, `/resume` and
 * `/reset-count`, which answer with the new state.
 */
export function daemonRoutes(source: StatusSource): Route[] {
  const { acquisition, replay } = source;
  const state = () => jsonAnswer({ run: acquisition.builder.run, paused: acquisition.paused });
  return [
    {
      method: "GET",
      path: "/status",
      handle: () => jsonAnswer(daemonStatus(source, performance.now())),
    },
    {
      method: "GET",
      path: "/healthz",
      open: true,
      handle() {
        const { unhealthy } = acquisition;
        return unhealthy === undefined ? textAnswer(200, "ok") : textAnswer(503, unhealthy);
      },
    },
    {
      method: "GET",
      path: "/metrics",
      handle: () => metricsAnswer(daemonMetrics(source, performance.now())),
    },
    {
      method: "GET",
      path: "/events",
      handle: ({ searchParams }) => eventsAnswer(replay, searchParams),
    },
    {
      method: "POST",
      path: "/pause",
      handle() {
        acquisition.pause();
        return state();
      },
    },
    {
      method: "POST",
      path: "/resume",
      handle() {
        acquisition.resume();
        return state();
      },
    },
    {
      method: "POST",
      path: "/reset-count",
      async handle() {
        await acquisition.startRun();
        return state();
      },
    },
  ];
}
