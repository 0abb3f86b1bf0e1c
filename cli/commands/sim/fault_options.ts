import { ValueError } from "../../../lib/errors.ts";
import type { FaultOptions, ModuleEvent } from "../../../sim/faults/fault_options.ts";
import { flag, list, optional, type Values } from "../../options/option.ts";
import { parseDurationMs } from "../../options/parse_duration.ts";
import { duration, type Value, value } from "../../options/value.ts";

const probability = value(
  (key, written) => {
    const probability = /^\d*\.?\d+$/.test(written) ? Number(written) : NaN;
    if (probability >= 0 && probability <= 1) return probability;
    throw new ValueError(key, written, "give a probability from 0 to 1, such as 0.01");
  },
  "probability from 0 to 1",
  { type: "number", minimum: 0, maximum: 1 },
);

const moduleEvent: Value<ModuleEvent> = value(
  (key, written) => {
    const [, slot, time = ""] = /^(\d{1,2})@(.+)$/.exec(written) ?? [];
    if (slot === undefined || Number(slot) > 31) {
      throw new ValueError(key, written, "give SLOT@TIME, such as 7@3s");
    }
    return { slot: Number(slot), atMs: parseDurationMs(key, time) };
  },
  "`SLOT@TIME`: slot 0 to 31, time as `3s`",
  { type: "string", examples: ["7@3s"] },
);

const moment = value(
  (key, written) => parseDurationMs(key, written.replace(/^@/, "")),
  "time above 0 with its unit, such as `8s`",
  { type: "string", examples: ["8s"] },
);

/** The faults that a simulation can make. */
export const FAULT_OPTIONS = {
  loss: optional(probability, { placeholder: "P", help: "probability that a packet is not sent" }),
  duplicate: optional(probability, {
    placeholder: "P",
    help: "probability that a packet is sent twice",
  }),
  reorder: optional(probability, {
    placeholder: "P",
    help: "probability that a packet is sent after later ones",
  }),
  corrupt: optional(probability, {
    placeholder: "P",
    help: "probability that 1 to 4 bytes of a packet are changed",
  }),
  truncate: optional(probability, {
    placeholder: "P",
    help: "probability that a packet is cut short",
  }),
  jitter: optional(duration, { placeholder: "TIME", help: "largest random delay of a packet" }),
  burst: flag({ help: "send the packets of four moments together" }),
  killModule: list(moduleEvent, { placeholder: "SLOT@TIME", help: "a module stops sending" }),
  reviveModule: list(moduleEvent, { placeholder: "SLOT@TIME", help: "a module sends again" }),
  resetTack: list(moment, { placeholder: "TIME", help: "TACK begins again" }),
};

/** The requested faults; undefined without any. */
export function faultsOf(values: Values<typeof FAULT_OPTIONS>): FaultOptions | undefined {
  const { loss, duplicate, reorder, corrupt, truncate, jitter, burst } = values;
  const { killModule, reviveModule, resetTack } = values;
  const asked = [loss, duplicate, reorder, corrupt, truncate, jitter].some((value) => value) ||
    burst || killModule.length + reviveModule.length + resetTack.length > 0;
  if (!asked) return undefined;
  return {
    ...{ loss, duplicate, reorder, corrupt, truncate, burst },
    jitterMs: jitter,
    kill: killModule,
    revive: reviveModule,
    resetTackAtMs: resetTack,
  };
}
