import { PIXELS_PER_MODULE } from "../../lib/wire/camera.ts";
import { Random } from "../random.ts";
import { PixelNoise } from "./pixel_noise.ts";
import type { ModuleSignal, Scene } from "./scene.ts";

/** Mean over the pixels, mV, and how much pixels differ from it. */
const LEVEL_MV = 200;
const PIXEL_SPREAD = 0.03;
/** Standard deviation of the noise, mV. */
const NOISE_MV = 1;

const LEVEL_STREAM = 2000;

/** The same light on all pixels, for flat-fielding. Each pixel shows it with its own gain. */
export class FlatLight implements Scene {
  readonly #seed: number;

  /** @param seed u32 */
  constructor(seed: number) {
    this.#seed = seed;
  }

  signalOf(slot: number): ModuleSignal {
    const levelsMv = new Float64Array(PIXELS_PER_MODULE);
    const range = [(1 - PIXEL_SPREAD) * LEVEL_MV, (1 + PIXEL_SPREAD) * LEVEL_MV] as const;
    new Random(this.#seed, LEVEL_STREAM + slot).fill(levelsMv, ...range);
    const noise = new PixelNoise(new Random(this.#seed, slot));
    return {
      take() {
        noise.measure(levelsMv, () => NOISE_MV);
        return noise.words;
      },
    };
  }
}
