import { ConfigurationError } from "../lib/errors.ts";
import { jsonAnswer, textAnswer } from "../lib/http/answer.ts";
import { HEALTH_PLACES, STATUS_PLACES } from "../lib/http/places.ts";
import type { Route } from "../lib/http/server.ts";
import type { Advise } from "../lib/notice.ts";
import type { SimulatorStatusSource } from "./simulator_status.ts";

/**
 * The routes of a running simulator: `GET /status` and `/healthz`; `POST /pause` and `/resume`
 * (`?slot=N` for one module), `/rate?hz=R` and `/faults?active=true|false`. The answer to a POST is
 * the new status.
 *
 * @param advise gives the advice that is added to refusals
 */
export function simulatorRoutes(
  source: SimulatorStatusSource,
  advise: Advise = () => "",
): Route[] {
  const { simulator } = source;
  const status = () => jsonAnswer(source.status(performance.now()));
  const command = (path: string, act: (url: URL) => void): Route => ({
    method: "POST",
    path,
    handle(url) {
      try {
        act(url);
      } catch (error) {
        if (error instanceof ConfigurationError) {
          return textAnswer(400, error.message + advise(error));
        }
        throw error;
      }
      return status();
    },
  });
  return [
    { method: "GET", path: "/status", places: STATUS_PLACES, handle: status },
    {
      method: "GET",
      path: "/healthz",
      open: true,
      places: HEALTH_PLACES,
      handle: () => textAnswer(200, "ok"),
    },
    command("/pause", ({ searchParams }) => simulator.pause(slotOf(searchParams))),
    command("/resume", ({ searchParams }) => simulator.resume(slotOf(searchParams))),
    command("/rate", ({ searchParams }) => simulator.setRate(rateOf(searchParams.get("hz")))),
    command("/faults", ({ searchParams }) => {
      simulator.setFaults(isActive(searchParams.get("active")));
    }),
  ];
}

/** The requested slot; undefined for all. */
function slotOf(parameters: URLSearchParams): number | undefined {
  const written = parameters.get("slot");
  if (written === null) return undefined;
  return /^\d{1,2}$/.test(written) ? Number(written) : NaN;
}

function rateOf(written: string | null): number {
  return written !== null && /^\d{1,10}(\.\d{1,12})?$/.test(written) ? Number(written) : NaN;
}

function isActive(written: string | null): boolean {
  if (written === "true" || written === "false") return written === "true";
  throw new ConfigurationError(`active is ${written}; give true or false`);
}
