import { offsetText } from "../../../lib/builder/slot_offsets.ts";
import { ALL_SLOTS, slotsOf } from "../../../lib/wire/camera.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import type { DaemonStatus, SlotStatus } from "../../../lib/daemon/status.ts";
import { SILENT_AFTER_SECONDS } from "../ctl/daemon_actions.ts";
import type { Finding } from "./finding.ts";

/** What a running daemon says of its modules and its losses. */
export function checkDaemon(status: DaemonStatus): Finding[] {
  const expected = slotsOf(expectedMask(status.configuration.module));
  const slots = status.slots.filter(({ slot }) => expected.includes(slot));
  return [modulesFinding(slots), ...synchronyFinding(slots, status), lossesFinding(status)];
}

/** Mask of the modules that may send: those of a table, or all. */
function expectedMask(modules: unknown): number {
  const { slots } = (modules ?? {}) as { slots?: unknown };
  return typeof slots === "number" ? slots : ALL_SLOTS;
}

function modulesFinding(slots: readonly SlotStatus[]): Finding {
  const name = "modules";
  const heard = slots.filter(({ lastSeenSeconds }) => lastSeenSeconds !== null);
  if (heard.length === 0) {
    return {
      ...{ name, state: "warning", found: "none has sent anything yet" },
      fix: "are they switched on, and do they send to this host and port? sudo tcpdump -ni any udp",
    };
  }
  const never = slots.filter(({ lastSeenSeconds }) => lastSeenSeconds === null);
  const silent = heard.filter(({ lastSeenSeconds }) =>
    (lastSeenSeconds ?? 0) > SILENT_AFTER_SECONDS
  );
  const told = [
    ...silent.map(({ slot, lastSeenSeconds }) =>
      `module ${slot} silent for ${formatDuration((lastSeenSeconds ?? 0) * 1000)}`
    ),
    ...(never.length > 0 ? [`never heard: ${never.map(({ slot }) => slot).join(", ")}`] : []),
  ];
  if (told.length === 0) return { name, state: "good", found: `all ${slots.length} send` };
  return {
    ...{ name, state: silent.length > 0 ? "bad" : "warning", found: told.join("; ") },
    fix: "look at their power and cables; ssdaq ctl status tells what each does",
  };
}

/** So many events, none of them complete, are no accident. */
const MANY_EVENTS = 40;

/** Names the modules whose TACK is not the camera's; nothing is found before one is heard. */
function synchronyFinding(
  slots: readonly SlotStatus[],
  { ledger: { events } }: DaemonStatus,
): Finding[] {
  const name = "module synchrony";
  const heard = slots.filter(({ tackOffsetMs }) => typeof tackOffsetMs === "number");
  if (heard.length === 0) return [];
  const off = heard.filter(({ unsynchronised }) => unsynchronised);
  const allSend = heard.length === slots.length;
  if (off.length === 0 && allSend && events.complete === 0 && events.built >= MANY_EVENTS) {
    return [{
      ...{ name, state: "bad" },
      found: `none of ${events.built} events is complete, though all ${heard.length} modules send`,
      fix:
        "their TACK times may lie further apart than --window: synchronise them, or take a wider one",
    }];
  }
  if (off.length === 0) return [{ name, state: "good", found: `all ${heard.length} are in step` }];
  const told = off.map(({ slot, tackOffsetMs }) =>
    `module ${slot} is ${offsetText(tackOffsetMs ?? 0)}`
  );
  return [{
    ...{ name, state: "bad", found: told.join("; ") },
    fix: "synchronise it again, and look whether another sender has its address; " +
      "what it sends may count as late",
  }];
}

type Loss =
  | "packets.kernelDropped"
  | "packets.malformed"
  | "packets.unknownSource"
  | "readouts.late"
  | "events.unsent"
  | "events.paused";

function lossesFinding({ ledger: { packets, readouts, events } }: DaemonStatus): Finding {
  const name = "daemon's losses";
  const losses: Record<Loss, number> = {
    "packets.kernelDropped": packets.kernelDropped,
    "packets.malformed": packets.malformed,
    "packets.unknownSource": packets.unknownSource,
    "readouts.late": readouts.late,
    "events.unsent": events.unsent,
    "events.paused": events.paused,
  };
  const lost = Object.entries(losses).filter(([, count]) => count > 0);
  if (lost.length === 0) return { name, state: "good", found: "none" };
  const isLoss = losses["packets.kernelDropped"] + losses["events.unsent"] > 0;
  return {
    ...{ name, state: isLoss ? "bad" : "warning" },
    found: lost.map(([counter, count]) => `${counter} ${count}`).join(", "),
    fix: [
      ...lost.map(([counter]) => LOSS_FIXES[counter as Loss]),
      "ssdaq ctl status tells all counters",
    ]
      .filter((fix, at, all) => all.indexOf(fix) === at).join("; "),
  };
}

const REFUSED = "the daemon's log says whose packets were refused, and why";

/** What to look at, by the counter that is above 0. */
const LOSS_FIXES: Record<Loss, string> = {
  "packets.kernelDropped": "raise net.core.rmem_max, and look at what else loads this host",
  "packets.malformed": REFUSED,
  "packets.unknownSource": REFUSED,
  "readouts.late":
    "late readouts come of a --window of half the time between two readouts of a module or more, or " +
    "of modules that are not synchronised, both of which the log tells, or of packets that are " +
    "longer under way than --deadline",
  "events.unsent":
    "the queue to publish was full: is this host overloaded, or a listener too slow?",
  "events.paused": "nobody gets what is built in a pause: ssdaq ctl resume ends it",
};
