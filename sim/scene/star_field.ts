import { itemAt } from "../../lib/item_at.ts";
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
  readonly #stars: readonly { radiusMm: number; angle: number; millivolts: number }[];

  /**
   * @param random where the stars come from
   */
  constructor(random: Random) {
    const drawn = (high: number) => {
      const values = new Float64Array(STARS);
      random.fill(values, 0, high);
      return values;
    };
    const [places, angles, brightnesses] = [drawn(1), drawn(2 * Math.PI), drawn(1)];
    const [inner, outer] = [POLE_MM - FIELD_MM, POLE_MM + FIELD_MM];
    this.#stars = Array.from(angles, (angle, star) => {
      // Evenly over the ring's area.
      const square = inner ** 2 + itemAt(places, star) * (outer ** 2 - inner ** 2);
      const bright = FAINTEST_MV * (1 - itemAt(brightnesses, star)) ** (-1 / BRIGHTNESS_INDEX);
      return {
        radiusMm: Math.sqrt(square),
        angle,
        millivolts: Math.min(bright, BRIGHTEST_MV),
      };
    });
  }

  /** The stars that shine into the camera at a time of the sky. */
  at(skySeconds: number): Star[] {
    const turned = TURN_PER_SECOND * skySeconds;
    const stars: Star[] = [];
    for (const { radiusMm, angle, millivolts } of this.#stars) {
      const xMm = radiusMm * Math.sin(angle + turned);
      const yMm = POLE_MM - radiusMm * Math.cos(angle + turned);
      if (Math.hypot(xMm, yMm) > FIELD_MM) continue;
      stars.push({ xMm, yMm, millivolts });
    }
    return stars;
  }
}
