/** What a module measures, readout after readout. */
export interface ModuleSignal {
  /**
   * The next readout.
   *
   * @param timeMs camera time at which it is taken; never less than that of the readout before
   * @returns 64 ADC words by raw line, used again for the next
   */
  take(timeMs: number): Uint16Array<ArrayBuffer>;
}

/** What the camera looks at: a signal for each module. */
export interface Scene {
  /** @param slot 0..31 */
  signalOf(slot: number): ModuleSignal;
}

/** Names of the scenes there are. */
export const SCENES = ["random", "stars", "flat"] as const;

/**
 * What the camera looks at: `random` walks as of the Python project SSDAQ, `stars` that cross a night
 * sky with a cloud, or `flat` light.
 */
export type SceneName = typeof SCENES[number];
