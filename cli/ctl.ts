import { formatByteSize } from "../lib/config/byte_size.ts";
import { formatDuration } from "../lib/config/duration.ts";
import { DEFAULT_CONTROL, parseControlUrl } from "../lib/config/endpoint.ts";
import { ControlClient } from "../lib/control/control_client.ts";
import type { DaemonStatus, SlotStatus } from "../lib/control/daemon_status.ts";
import { readTokenFile } from "../lib/control/token_file.ts";
import { ConfigurationError, OperationError } from "../lib/errors.ts";
import { cameraText } from "./camera_text.ts";
import { defineCommand } from "./command.ts";
import { count, ledgerText } from "./format.ts";
import { optional, text, withDefault } from "./option.ts";
import { suggestion } from "./suggestion.ts";

const ACTIONS = ["status", "pause", "resume", "reset-count"] as const;

/** A module not heard from for so long is told as silent. */
const SILENT_AFTER_SECONDS = 5;

/** `ssdaq ctl`: speaks to a running daemon. */
export const ctl = defineCommand({
  name: "ctl",
  summary: "ask a running daemon how it is, or tell it what to do",
  usage: `ctl ${ACTIONS.join("|")} [options]`,
  maxOperands: 1,
  options: {
    control: withDefault(parseControlUrl, `http://${DEFAULT_CONTROL}`, {
      placeholder: "URL",
      help: "its control port: a port or http://HOST:PORT",
    }),
    tokenFile: optional(text, { placeholder: "FILE", help: "token of that control port" }),
  },
  examples: [
    ["ssdaq ctl status", "rates, counters and modules"],
    ["ssdaq ctl pause", "events are built and counted, but not published, until resume"],
    ["ssdaq ctl reset-count --json", "a new run: events are numbered from 1 again"],
  ],
  async run({ values, operands: [action] }) {
    checkAction(action);
    const token = values.tokenFile === undefined
      ? undefined
      : readTokenFile("--token-file", values.tokenFile);
    const client = new ControlClient(values.control, token);
    if (action === "status") {
      const status = await client.call("GET", "/status");
      if (!isDaemonStatus(status)) {
        throw new OperationError(`${values.control} is not the control port of a daemon`);
      }
      return { data: status, text: statusText(status) };
    }
    const state = await client.call("POST", `/${action}`) as { run: bigint; paused: boolean };
    return { data: state, text: `run ${state.run}, ${state.paused ? "paused" : "publishing"}` };
  },
});

function checkAction(action: string | undefined): asserts action is typeof ACTIONS[number] {
  if (ACTIONS.some((known) => known === action)) return;
  const nearest = action === undefined ? undefined : suggestion(action, ACTIONS);
  throw new ConfigurationError(
    action === undefined
      ? `ctl: what? give ${ACTIONS.join(", ")}`
      : `ctl ${action}: there is no such action; ` +
        (nearest === undefined ? `give ${ACTIONS.join(", ")}` : `did you mean ${nearest}?`),
  );
}

function isDaemonStatus(value: unknown): value is DaemonStatus {
  return typeof value === "object" && value !== null && "command" in value &&
    value.command === "daemon";
}

function statusText(status: DaemonStatus): string {
  const { run, paused, uptimeSeconds, listen, publish, rates, levels, replay, slots } = status;
  const perSecond = (rate: number) => rate.toFixed(rate < 100 ? 1 : 0);
  return [
    `run ${run}, ${paused ? "PAUSED" : "publishing"}, up ${
      formatDuration(uptimeSeconds * 1000)
    }, ` +
    `receiving on udp://${listen.hostname}:${listen.port}`,
    ...publish.map(({ endpoint, subscribers, undelivered }) =>
      `${endpoint}: ${subscribers} subscribers, ${count(undelivered)} events undelivered`
    ),
    `${perSecond(rates.packetsPerSecond)} packets/s, ` +
    `${perSecond(rates.readoutsPerSecond)} readouts/s, ${
      perSecond(rates.eventsPerSecond)
    } events/s`,
    `waiting: ${levels.ringPackets} packets, ${levels.openEvents} open events, ` +
    `${levels.heldReadouts} held readouts, ${levels.queuedEvents} queued events`,
    replay === null
      ? "no replay buffer"
      : `replay buffer ${formatByteSize(replay.bytes)} of ${formatByteSize(replay.maxBytes)}` +
        replay.runs.map(({ run, from, to }) => `, run ${run}: ${from} to ${to}`).join(""),
    "modules, packets/s or how long silent",
    cameraText((slot) => slotText(slots[slot])),
    ledgerText(status.ledger),
  ].join("\n");
}

function slotText({ lastSeenSeconds, packetsPerSecond }: SlotStatus): string | undefined {
  if (lastSeenSeconds === null) return undefined;
  if (lastSeenSeconds < SILENT_AFTER_SECONDS) return `${packetsPerSecond.toFixed(1)}/s`;
  return `!${formatDuration(Math.floor(lastSeenSeconds) * 1000).replace(" ", "")}`;
}
