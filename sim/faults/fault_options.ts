import { SLOTS } from "../../lib/wire/camera.ts";
import { checkOption, checkWhole } from "../check_option.ts";

/** An event in a module's life, at a time. */
export interface ModuleEvent {
  /** 0..31. */
  slot: number;
  /** Camera time: ms from the start of the run; TACK resets do not change it. */
  atMs: number;
}

/** The faults of a simulation, all from the seed. Probabilities are 0..1, for each packet. */
export interface FaultOptions {
  /** Probability that a packet is never sent. @default 0 */
  loss?: number | undefined;
  /** Probability that it is sent twice; the copy follows the other packets of its moment. @default 0 */
  duplicate?: number | undefined;
  /** Probability that it is sent after the packets of the next moment. @default 0 */
  reorder?: number | undefined;
  /** Probability that 1 to 4 of its bytes, anywhere in it, are changed. @default 0 */
  corrupt?: number | undefined;
  /** Probability that it is cut to a shorter length, which may be 0. @default 0 */
  truncate?: number | undefined;
  /** Largest random delay of every packet, wall clock ms, 0..60 000. @default 0 */
  jitterMs?: number | undefined;
  /** Whether packets of four moments are sent together, at the fourth's time. @default false */
  burst?: boolean;
  /** Modules that stop sending. @default none */
  kill?: readonly ModuleEvent[];
  /** Modules that send again. @default none */
  revive?: readonly ModuleEvent[];
  /** Camera times at which the TACK counter starts again, ms. @default none */
  resetTackAtMs?: readonly number[];
}

/** Complete and valid options. */
export type FaultSettings = {
  [Key in keyof FaultOptions]-?: Exclude<FaultOptions[Key], undefined>;
};

const MAX_JITTER_MS = 60_000;

/**
 * Checks options and adds the defaults.
 *
 * @throws {ConfigurationError} naming the option, its value and what to give instead
 */
export function faultSettings(options: FaultOptions): FaultSettings {
  const { loss = 0, duplicate = 0, reorder = 0, corrupt = 0, truncate = 0 } = options;
  const { jitterMs = 0, burst = false, kill = [], revive = [], resetTackAtMs = [] } = options;
  const probabilities = { loss, duplicate, reorder, corrupt, truncate };
  for (const [key, value] of Object.entries(probabilities)) {
    checkOption(value >= 0 && value <= 1, key, value, "a probability 0..1");
  }
  checkOption(jitterMs >= 0 && jitterMs <= MAX_JITTER_MS, "jitterMs", jitterMs, "0..60000 ms");
  for (const [key, events] of Object.entries({ kill, revive })) {
    for (const { slot, atMs } of events) {
      checkWhole(`${key}.slot`, slot, 0, SLOTS - 1);
      checkOption(atMs >= 0, `${key}.atMs`, atMs, "ms from the start, 0 or more");
    }
  }
  for (const atMs of resetTackAtMs) {
    checkOption(atMs >= 0, "resetTackAtMs", atMs, "ms from the start, 0 or more");
  }
  return { ...probabilities, jitterMs, burst, kill, revive, resetTackAtMs };
}
