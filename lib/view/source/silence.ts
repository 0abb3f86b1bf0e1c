import { itemAt } from "../../item_at.ts";
import { SLOTS } from "../../wire/camera.ts";
import type { ModuleAges } from "../protocol/frame.ts";

/**
 * Shortest time that counts as silence. A page must show it within two seconds, on a busy host too.
 */
const MIN_SECONDS = 1.5;

/** A module is silent after this number of its usual steps. */
const STEPS = 1.5;

/** How fast the usual step follows a change: the fraction of a new step that is taken. */
const ADAPTION = 0.2;

/**
 * Measures how long modules have been silent, and after what time they count as silent. That time
 * depends on the usual step between their packets.
 *
 * It is pure: the times are arguments.
 */
export class SilenceWatch {
  readonly #lastSeenMs = new Float64Array(SLOTS).fill(-Infinity);
  #stepMs = 0;

  /**
   * Notes when the modules were last heard. Call it more often than their packets arrive.
   *
   * @param lastSeenMs by slot, -Infinity before the first packet
   */
  look(lastSeenMs: ArrayLike<number>, nowMs: number): ModuleAges {
    const steps: number[] = [];
    for (const [slot, seenMs] of Array.from(lastSeenMs).entries()) {
      const stepMs = seenMs - itemAt(this.#lastSeenMs, slot);
      if (stepMs > 0 && stepMs < Infinity) steps.push(stepMs);
      this.#lastSeenMs[slot] = seenMs;
    }
    const medianMs = steps.sort((a, b) => a - b)[steps.length >> 1];
    if (medianMs !== undefined) this.#learn(medianMs);
    return {
      silentAfterSeconds: Math.max(MIN_SECONDS, STEPS * this.#stepMs / 1000),
      seconds: Float32Array.from(lastSeenMs, (seenMs) => (nowMs - seenMs) / 1000),
    };
  }

  /** Learns from the median of the modules' steps. A long step after a pause is ignored. */
  #learn(stepMs: number): void {
    this.#stepMs = this.#stepMs === 0
      ? stepMs
      : this.#stepMs + ADAPTION * (Math.min(stepMs, 2 * this.#stepMs) - this.#stepMs);
  }
}
