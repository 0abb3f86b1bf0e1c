/** Voltages of an event in a few numbers. */
export interface Amplitudes {
  /** How many there are, absent ones left out. */
  pixels: number;
  /** Their sum, mV; 0 without any. */
  total: number;
  /** NaN without any, as the next two. */
  mean: number;
  smallest: number;
  largest: number;
}

/**
 * Sums voltages up.
 *
 * @param millivolts mV; NaN is absent
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
