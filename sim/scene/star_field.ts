import type { Random } from "../random.ts";

/** A star at a moment. */
export interface Star {
  /** Where its image is in the camera, mm, as the pixels' centres. */
  xMm: number;
  yMm: number;
  /** What a pixel would show that took in all of its light, mV. */
  millivolts: number;
}

/** Radians by which the sky turns in a second: once in 86 164 s. */
const TURN_PER_SECOND = 2 * Math.PI / 86_164;

/** The pole, around which all turns, is 20 degrees from the field at a focal length of 2.15 m. */
const POLE_MM = Math.tan(20 * Math.PI / 180) * 2150;

/** How far from the camera's centre a star may be and still shine into it, mm. */
const FIELD_MM = 235;

/** Stars all around the pole; some twenty of them are in the field at a time. */
const STARS = 260;

/** The faintest star, and the brightest, mV. */
const FAINTEST_MV = 25;
const BRIGHTEST_MV = 1200;

/** Of stars as bright as that or brighter, there are F^-1.5: as in space that is evenly full. */
const BRIGHTNESS_INDEX = 1.5;

/**
 * Stars that cross the field on circles around a pole above it, as over a telescope at rest.
 *
 * All of it follows from the seed and the time.
 */
export class StarField {
  readonly #radiiMm = new Float64Array(STARS);
  readonly #angles = new Float64Array(STARS);
  readonly #millivolts = new Float64Array(STARS);

  /**
   * @param random where the stars come from
   */
  constructor(random: Random) {
    random.fill(this.#radiiMm, 0, 1);
    random.fill(this.#angles, 0, 2 * Math.PI);
    random.fill(this.#millivolts, 0, 1);
    const [inner, outer] = [POLE_MM - FIELD_MM, POLE_MM + FIELD_MM];
    for (let star = 0; star < STARS; star++) {
      // Evenly over the ring's area.
      const square = inner ** 2 + this.#radiiMm[star] * (outer ** 2 - inner ** 2);
      this.#radiiMm[star] = Math.sqrt(square);
      const bright = FAINTEST_MV * (1 - this.#millivolts[star]) ** (-1 / BRIGHTNESS_INDEX);
      this.#millivolts[star] = Math.min(bright, BRIGHTEST_MV);
    }
  }

  /** The stars that shine into the camera at a time of the sky. */
  at(skySeconds: number): Star[] {
    const turned = TURN_PER_SECOND * skySeconds;
    const stars: Star[] = [];
    for (let star = 0; star < STARS; star++) {
      const angle = this.#angles[star] + turned;
      const xMm = this.#radiiMm[star] * Math.sin(angle);
      const yMm = POLE_MM - this.#radiiMm[star] * Math.cos(angle);
      if (Math.hypot(xMm, yMm) > FIELD_MM) continue;
      stars.push({ xMm, yMm, millivolts: this.#millivolts[star] });
    }
    return stars;
  }
}
