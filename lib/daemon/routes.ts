import { jsonAnswer, textAnswer } from "../http/answer.ts";
import { connectionMetrics } from "../http/metrics.ts";
import { metricsAnswer } from "../http/metrics_answer.ts";
import { HEALTH_PLACES, STATUS_PLACES } from "../http/places.ts";
import type { Route } from "../http/server.ts";
import { EVENTS_ANSWER_BYTES, EVENTS_PLACES, eventsAnswer } from "../replay/events_answer.ts";
import { daemonMetrics } from "./metrics.ts";
import { daemonStatus, type StatusSource } from "./status.ts";

/**
 * A daemon's routes: `GET /status`, `/healthz`, `/metrics` and `/events`; `POST /pause`, `/resume`
 * and `/reset-count`, which answer with the new state. Health, status and events have their own
 * places. So a busy port does not make the daemon look dead, and does not cause gaps.
 */
export function daemonRoutes(source: StatusSource): Route[] {
  const { acquisition, replay } = source;
  const state = () => jsonAnswer({ run: acquisition.builder.run, paused: acquisition.paused });
  return [
    {
      method: "GET",
      path: "/status",
      places: STATUS_PLACES,
      handle: () => jsonAnswer(daemonStatus(source, performance.now())),
    },
    {
      method: "GET",
      path: "/healthz",
      open: true,
      places: HEALTH_PLACES,
      handle() {
        const { unhealthy } = acquisition;
        return unhealthy === undefined ? textAnswer(200, "ok") : textAnswer(503, unhealthy);
      },
    },
    {
      method: "GET",
      path: "/metrics",
      handle: (_url, _signal, { connections }) =>
        metricsAnswer([
          ...daemonMetrics(source, performance.now()),
          ...connectionMetrics(connections),
        ]),
    },
    {
      method: "GET",
      path: "/events",
      places: EVENTS_PLACES,
      answerBytes: EVENTS_ANSWER_BYTES,
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
