/** An event's voltages in a few numbers. */
export interface Amplitudes {
  /** Number of voltages, without absent ones. */
  pixels: number;
  /** Sum, mV; 0 if there are no voltages. */
  total: number;
  /** Like the next two, NaN if there are no voltages. */
  mean: number;
  smallest: number;
  largest: number;
}

/**
 * Summarises voltages.
 *
 * @param millivolts mV; NaN if absent
 */
export function amplitudesOf(millivolts: ArrayLike<number>): Amplitudes {
  let [pixels, total, smallest, largest] = [0, 0, Infinity, -Infinity];
  for (let pixel = 0; pixel < millivolts.length; pixel++) {
    const value = millivolts[pixel];
    if (value === undefined || Number.isNaN(value)) continue;
    pixels++;
    total += value;
    if (value < smallest) smallest = value;
    if (value > largest) largest = value;
  }
  return pixels === 0
    ? { pixels, total, mean: NaN, smallest: NaN, largest: NaN }
    : { pixels, total, mean: total / pixels, smallest, largest };
}
