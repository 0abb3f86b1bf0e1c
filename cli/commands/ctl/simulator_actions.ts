import type { ControlClient } from "../../../lib/http/client.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import type { SimulatorStatus } from "../../../sim/simulator_status.ts";
import { SIMULATOR_STATUS } from "../../../sim/simulator_status_shape.ts";
import type { Outcome } from "../../command.ts";
import { choice, integer, positive, readValue } from "../../options/value.ts";
import { count, perSecond } from "../../terminal/format.ts";
import { type Action, plain, refuseMore } from "./action.ts";
import { cameraText } from "./camera_text.ts";

/** The actions for a simulator; `pause` and `resume` take an optional slot. */
export const SIMULATOR_ACTIONS: Record<string, Action> = {
  status: plain((client) => ask(client, "GET", "/status")),
  pause: withOperand((slot) => "/pause" + slotQuery("pause", slot)),
  resume: withOperand((slot) => "/resume" + slotQuery("resume", slot)),
  rate: withOperand((hz = "") => `/rate?hz=${readValue(positive, "ctl sim rate", hz)}`),
  faults: withOperand((written = "") => {
    return `/faults?active=${readValue(choice("on", "off"), "ctl sim faults", written) === "on"}`;
  }),
};

/** An action with an optional operand. */
function withOperand(pathOf: (operand: string | undefined) => string): Action {
  return ([operand, ...rest]) => {
    refuseMore(rest);
    const path = pathOf(operand);
    return (client) => ask(client, "POST", path);
  };
}

function slotQuery(action: string, written: string | undefined): string {
  return written === undefined
    ? ""
    : `?slot=${readValue(integer(0, 31), `ctl sim ${action}`, written)}`;
}

async function ask(client: ControlClient, method: "GET" | "POST", path: string): Promise<Outcome> {
  const status = await client.call(method, path, "an ssdaq simulator", SIMULATOR_STATUS);
  return { data: status, text: statusText(status) };
}

function statusText(status: SimulatorStatus): string {
  const { modules, elapsedMs, rate, faultsActive, slots, readoutsSent, sendErrors } = status;
  const faults = faultsActive === null ? "no faults" : `faults ${faultsActive ? "on" : "off"}`;
  return [
    `${modules} modules at ${rate} readouts/s each, ${faults}, for ${formatDuration(elapsedMs)}`,
    `${perSecond(status.packetsPerSecond)} packets/s; ${count(status.packetsSent)} packets, ` +
    `${count(readoutsSent)} readouts sent; ${count(sendErrors)} packets could not be sent`,
    "modules: packets/s, or why one does not send",
    cameraText((slot) => slotText(slots[slot])),
  ].join("\n");
}

function slotText(slot: SimulatorStatus["slots"][number] | undefined): string | undefined {
  if (slot === undefined) return undefined;
  return slot.state === "sending" ? `${perSecond(slot.packetsPerSecond)}/s` : slot.state;
}
