import { itemAt } from "../../lib/item_at.ts";
import type { Random } from "../random.ts";

/** A star at a moment. */
export interface Star {
  /** Position of its image in the camera, mm, in the pixels' coordinates. */
  xMm: number;
  yMm: number;
  /** Voltage of a pixel that received all of its light, mV. */
  millivolts: number;
}

/** Rotation of the sky, radians a second: one turn in 86 164 s. */
const TURN_PER_SECOND = 2 * Math.PI / 86_164;

/** The pole of the rotation: 20 degrees from the field, at a focal length of 2.15 m. */
const POLE_MM = Math.tan(20 * Math.PI / 180) * 2150;

/** Largest distance from the camera's centre at which a star still gives light to it, mm. */
const FIELD_MM = 235;

/** Stars all around the pole; about twenty of them are in the field at a time. */
const STARS = 260;

/** Faintest and brightest star, mV. */
const FAINTEST_MV = 25;
const BRIGHTEST_MV = 1200;

/** The number of stars brighter than F is proportional to F^-1.5, as with a constant density in space. */
const BRIGHTNESS_INDEX = 1.5;

/**
 * Stars that cross the field on circles around a pole above it, as for a telescope that does not move.
 *
 * Everything follows from seed and time.
 */
export class StarField {
  readonly #stars: readonly { radiusMm: number; angle: number; millivolts: number }[];

  /**
   * @param random source of the stars
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
      // Uniform over the area of the ring.
      const square = inner ** 2 + itemAt(places, star) * (outer ** 2 - inner ** 2);
      const bright = FAINTEST_MV * (1 - itemAt(brightnesses, star)) ** (-1 / BRIGHTNESS_INDEX);
      return {
        radiusMm: Math.sqrt(square),
        angle,
        millivolts: Math.min(bright, BRIGHTEST_MV),
      };
    });
  }

  /** The stars that give light to the camera at a time of the sky. */
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
