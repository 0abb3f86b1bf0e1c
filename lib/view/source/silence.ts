import { itemAt } from "../../item_at.ts";
import { SLOTS } from "../../wire/camera.ts";
import type { ModuleAges } from "../protocol/frame.ts";

/** The least that is called silence: a page must say so within two seconds, on a busy host too. */
const MIN_SECONDS = 1.5;

/** A module is silent when it has missed so many of its usual steps. */
const STEPS = 1.5;

/** How quickly the usual step follows a change: the part of a new one that is taken on. */
const ADAPTION = 0.2;

/**
 * Tells how long modules have been silent, and after how long that is called so: as long as their
 * packets are usually apart, and more.
 *
 * It is pure: the times go in.
 */
export class SilenceWatch {
  readonly #lastSeenMs = new Float64Array(SLOTS).fill(-Infinity);
  #stepMs = 0;

  /**
   * Looks at when the modules were heard last; to be called more often than their packets come.
   *
   * @param lastSeenMs by slot, -Infinity where nothing has come
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

  /** Takes the median of the modules' steps; one that comes back after a while is no new step. */
  #learn(stepMs: number): void {
    this.#stepMs = this.#stepMs === 0
      ? stepMs
      : this.#stepMs + ADAPTION * (Math.min(stepMs, 2 * this.#stepMs) - this.#stepMs);
  }
}
