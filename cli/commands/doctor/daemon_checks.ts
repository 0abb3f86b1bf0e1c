import { offsetText } from "../../../lib/builder/slot_offsets.ts";
import type { DaemonStatus, SlotStatus } from "../../../lib/daemon/status.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import { ALL_SLOTS, slotsOf } from "../../../lib/wire/camera.ts";
import { ABSENT_AFTER_SECONDS } from "../ctl/daemon_actions.ts";
import type { Finding } from "./finding.ts";

/** Findings about the modules and losses of a running daemon. */
export function checkDaemon(status: DaemonStatus): Finding[] {
  const expected = slotsOf(expectedMask(status.configuration.module));
  const slots = status.slots.filter(({ slot }) => expected.includes(slot));
  return [modulesFinding(slots), ...synchronyFinding(slots, status), lossesFinding(status)];
}

/** Mask of the modules that may send: those of `--module`, or all. */
function expectedMask(modules: unknown): number {
  const { slots } = (modules ?? {}) as { slots?: unknown };
  return typeof slots === "number" ? slots : ALL_SLOTS;
}

function modulesFinding(slots: readonly SlotStatus[]): Finding {
  const name = "modules";
  const heard = slots.filter(({ lastSeenSeconds }) => lastSeenSeconds !== null);
  if (heard.length === 0) {
    return {
      ...{ name, state: "warning", found: "no module has sent anything yet" },
      fix: "check that they are on and send to this host and port: sudo tcpdump -ni any udp",
    };
  }
  const never = slots.filter(({ lastSeenSeconds }) => lastSeenSeconds === null);
  const absent = heard.filter(({ lastSeenSeconds }) =>
    (lastSeenSeconds ?? 0) > ABSENT_AFTER_SECONDS
  );
  const texts = [
    ...absent.map(({ slot, lastSeenSeconds }) =>
      `module ${slot} absent for ${formatDuration((lastSeenSeconds ?? 0) * 1000)}`
    ),
    ...(never.length > 0 ? [`never heard: ${never.map(({ slot }) => slot).join(", ")}`] : []),
  ];
  if (texts.length === 0) return { name, state: "good", found: `all ${slots.length} send` };
  return {
    ...{ name, state: absent.length > 0 ? "bad" : "warning", found: texts.join("; ") },
    fix: "check their power and cables; ssdaq ctl status shows each module",
  };
}

/** With so many events and no complete one, there is a fault. */
const MANY_EVENTS = 40;

/** Names the modules whose TACK differs from the camera's. Without a heard module: no finding. */
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
        "their TACK times may differ by more than --window: synchronise them, or set a larger --window",
    }];
  }
  if (off.length === 0) return [{ name, state: "good", found: `all ${heard.length} are in step` }];
  const texts = off.map(({ slot, tackOffsetMs }) =>
    `module ${slot} is ${offsetText(tackOffsetMs ?? 0)}`
  );
  return [{
    ...{ name, state: "bad", found: texts.join("; ") },
    fix: "synchronise it again, and check whether another sender has its address; " +
      "its readouts may count as late",
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
      "ssdaq ctl status shows all counters",
    ]
      .filter((fix, at, all) => all.indexOf(fix) === at).join("; "),
  };
}

const REFUSED = "the daemon's log shows which packets it refused, and why";

/** What to do, by the counter that is above 0. */
const LOSS_FIXES: Record<Loss, string> = {
  "packets.kernelDropped": "raise net.core.rmem_max, and check what else loads this host",
  "packets.malformed": REFUSED,
  "packets.unknownSource": REFUSED,
  "readouts.late":
    "readouts are late when --window is at least half the time between two readouts of a module, or " +
    "when modules are not synchronised (see the log for both), or when packets travel for longer " +
    "than --deadline",
  "events.unsent": "the publish queue was full: is this host overloaded, or a listener too slow?",
  "events.paused": "no listener gets events that are built in a pause: ssdaq ctl resume ends it",
};
