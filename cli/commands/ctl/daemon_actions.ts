import { hostPort } from "../../../lib/address/ip_address.ts";
import type { DaemonStatus, SlotStatus } from "../../../lib/daemon/status.ts";
import { DAEMON_STATE, DAEMON_STATUS } from "../../../lib/daemon/status_shape.ts";
import type { ControlClient } from "../../../lib/http/client.ts";
import { itemAt } from "../../../lib/item_at.ts";
import { formatByteSize } from "../../../lib/text/byte_size.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import type { Outcome } from "../../command.ts";
import { count, ledgerText, perSecond } from "../../terminal/format.ts";
import { type Action, plain } from "./action.ts";
import { cameraText } from "./camera_text.ts";

/** The program that must answer, for messages. */
const DAEMON = "an ssdaq daemon";

/** A module that was not heard for longer is absent. */
export const ABSENT_AFTER_SECONDS = 5;

/** The actions for a daemon. */
export const DAEMON_ACTIONS: Record<string, Action> = {
  status: plain(async (client) => {
    const status = await askDaemonStatus(client);
    return { data: status, text: statusText(status) };
  }),
  pause: plain((client) => command(client, "/pause")),
  resume: plain((client) => command(client, "/resume")),
  "reset-count": plain((client) => command(client, "/reset-count")),
};

async function command(client: ControlClient, path: string): Promise<Outcome> {
  const state = await client.call("POST", path, DAEMON, DAEMON_STATE);
  return { data: state, text: `run ${state.run}, ${state.paused ? "paused" : "publishing"}` };
}

/**
 * A daemon's status.
 *
 * @throws {OperationError} when nothing answers, or something that is no daemon
 */
export async function askDaemonStatus(client: ControlClient): Promise<DaemonStatus> {
  return await client.call("GET", "/status", DAEMON, DAEMON_STATUS);
}

function statusText(status: DaemonStatus): string {
  const { run, paused, uptimeSeconds, listen, publish, rates, levels, replay, slots } = status;
  return [
    `run ${run}, ${paused ? "PAUSED" : "publishing"}, up ${
      formatDuration(uptimeSeconds * 1000)
    }, ` +
    `receiving on udp://${hostPort(listen)}`,
    ...publish.map(({ endpoint, format, subscribers, undelivered }) =>
      `${endpoint} (${format}): ${subscribers} subscribers, ${
        count(undelivered)
      } events undelivered`
    ),
    `${perSecond(rates.packetsPerSecond)} packets/s, ` +
    `${perSecond(rates.readoutsPerSecond)} readouts/s, ` +
    `${perSecond(rates.eventsPerSecond)} events/s`,
    `waiting: ${levels.ringPackets} packets, ${levels.openEvents} open events, ` +
    `${levels.heldReadouts} held readouts, ${levels.queuedEvents} queued events`,
    replay === null
      ? "no replay buffer"
      : `replay buffer ${formatByteSize(replay.bytes)} of ${formatByteSize(replay.maxBytes)}` +
        replay.runs.map(({ run, from, to }) => `, run ${run}: ${from} to ${to}`).join(""),
    "modules: packets/s, or ! and how long absent",
    cameraText((slot) => slotText(itemAt(slots, slot))),
    ledgerText(status.ledger),
    ...(status.notListeningSeconds > 0 ? [notListeningText(status.notListeningSeconds)] : []),
  ].join("\n");
}

/** How long no daemon listened: what was lost in this time is in no counter. */
function notListeningText(seconds: number): string {
  return `no daemon listened for ${formatDuration(seconds * 1000)} before this one started`;
}

function slotText({ lastSeenSeconds, packetsPerSecond }: SlotStatus): string | undefined {
  if (lastSeenSeconds === null) return undefined;
  if (lastSeenSeconds < ABSENT_AFTER_SECONDS) return `${perSecond(packetsPerSecond)}/s`;
  return `!${formatDuration(Math.floor(lastSeenSeconds) * 1000).replace(" ", "")}`;
}
