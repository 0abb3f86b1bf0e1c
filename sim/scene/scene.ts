/** The signal of one module, readout after readout. */
export interface ModuleSignal {
  /**
   * The next readout.
   *
   * @param timeMs its camera time; never less than that of the readout before
   * @returns 64 ADC words by raw line; the next call overwrites them
   */
  take(timeMs: number): Uint16Array<ArrayBuffer>;
}

/** The simulated light: a signal for each module. */
export interface Scene {
  /** @param slot 0..31 */
  signalOf(slot: number): ModuleSignal;
}

/** Names of all scenes. */
export const SCENES = ["random", "stars", "flat"] as const;

/**
 * The simulated light: `random` walks as in the Python project SSDAQ, `stars` that cross a night sky
 * with a cloud, or `flat` light.
 */
export type SceneName = typeof SCENES[number];
