import { itemAt } from "../../lib/item_at.ts";
import { modulePixels, PIXELS_PER_MODULE } from "../../lib/wire/camera.ts";
import { Random } from "../random.ts";
import { Cloud } from "./cloud.ts";
import { PixelNoise } from "./pixel_noise.ts";
import type { ModuleSignal, Scene } from "./scene.ts";
import { type Star, StarField } from "./star_field.ts";

/** Streams of random numbers beyond those of the slots. */
const SKY_STREAM = 1000;
const NOISE_STREAM = 2000;

/** Mean background of the night sky, mV, and how much pixels differ from it. */
const BACKGROUND_MV = 60;
const PIXEL_SPREAD = 0.08;

/** How much a pixel's background drifts, and in what time, seconds of the sky. */
const DRIFT = 0.06;
const DRIFT_SECONDS = [900, 2400] as const;

/** Standard deviation of the light of a star over the camera, mm: 0.7 of a pixel. */
const SPREAD_MM = 4.5;
/** Distance at which a star gives no light any more, mm. */
const REACH_MM = 4 * SPREAD_MM;
/** Half the diagonal of a module, mm. */
const MODULE_REACH_MM = 36;
/** Noise of the electronics, mV, and of light: mV^2 for each mV. */
const READOUT_NOISE_MV = 0.4;
const LIGHT_NOISE_MV = 0.02;

/** Number of moments whose stars are kept: those of the readouts of one packet. */
const MOMENTS = 64;

/**
 * A night sky: a drifting background, stars that cross the field, and a cloud.
 *
 * Everything follows from seed and time, in any order of the modules.
 */
export class NightSky implements Scene {
  readonly #seed: number;
  readonly #speed: number;
  readonly #stars: StarField;
  readonly #cloud: Cloud;
  readonly #moments = new Map<number, Star[]>();

  /**
   * @param seed u32
   * @param speed of the sky, relative to the real one
   */
  constructor(seed: number, speed: number) {
    const random = new Random(seed, SKY_STREAM);
    const direction = new Float64Array(1);
    random.fill(direction, 0, 2 * Math.PI);
    this.#seed = seed;
    this.#speed = speed;
    this.#stars = new StarField(random);
    this.#cloud = new Cloud(itemAt(direction, 0));
  }

  signalOf(slot: number): ModuleSignal {
    const pixels = modulePixels(slot);
    const levels = new PixelLevels(new Random(this.#seed, NOISE_STREAM + slot));
    const noise = new PixelNoise(new Random(this.#seed, slot));
    const millivolts = new Float64Array(PIXELS_PER_MODULE);
    const centre = {
      xMm: pixels.reduce((sum, { xMm }) => sum + xMm, 0) / pixels.length,
      yMm: pixels.reduce((sum, { yMm }) => sum + yMm, 0) / pixels.length,
    };
    const isNear = ({ xMm, yMm }: Star) =>
      Math.hypot(xMm - centre.xMm, yMm - centre.yMm) < REACH_MM + MODULE_REACH_MM;
    return {
      take: (timeMs) => {
        const skySeconds = timeMs / 1000 * this.#speed;
        const stars = this.#starsAt(skySeconds).filter(isNear);
        pixels.forEach(({ xMm, yMm }, line) => {
          const cover = this.#cloud.coverAt(xMm, yMm, skySeconds);
          const light = stars.reduce((sum, star) => sum + lightAt(star, xMm, yMm), 0);
          millivolts[line] = levels.at(line, skySeconds) * Cloud.glow(cover) +
            light * Cloud.transmission(cover);
        });
        noise.measure(millivolts, noiseOf);
        return noise.words;
      },
    };
  }

  /** All modules ask for the same moments, one module after another. */
  #starsAt(skySeconds: number): Star[] {
    const known = this.#moments.get(skySeconds);
    if (known !== undefined) return known;
    if (this.#moments.size === MOMENTS) this.#moments.clear();
    const stars = this.#stars.at(skySeconds);
    this.#moments.set(skySeconds, stars);
    return stars;
  }
}

/** The background of a module's pixels. */
class PixelLevels {
  readonly #pixels: readonly { levelMv: number; phase: number; periodSeconds: number }[];

  constructor(random: Random) {
    const drawn = (low: number, high: number) => {
      const values = new Float64Array(PIXELS_PER_MODULE);
      random.fill(values, low, high);
      return values;
    };
    const levelsMv = drawn((1 - PIXEL_SPREAD) * BACKGROUND_MV, (1 + PIXEL_SPREAD) * BACKGROUND_MV);
    const phases = drawn(0, 2 * Math.PI);
    const periodsSeconds = drawn(...DRIFT_SECONDS);
    this.#pixels = Array.from(levelsMv, (levelMv, line) => (
      { levelMv, phase: itemAt(phases, line), periodSeconds: itemAt(periodsSeconds, line) }
    ));
  }

  at(line: number, skySeconds: number): number {
    const { levelMv, phase, periodSeconds } = itemAt(this.#pixels, line);
    return levelMv * (1 + DRIFT * Math.sin(phase + 2 * Math.PI * skySeconds / periodSeconds));
  }
}

/** The light of a star at a point, mV. */
function lightAt(star: Star, xMm: number, yMm: number): number {
  const square = (star.xMm - xMm) ** 2 + (star.yMm - yMm) ** 2;
  if (square > REACH_MM ** 2) return 0;
  return star.millivolts * Math.exp(-square / (2 * SPREAD_MM ** 2));
}

function noiseOf(millivolts: number): number {
  return Math.sqrt(READOUT_NOISE_MV ** 2 + LIGHT_NOISE_MV * Math.max(0, millivolts));
}
