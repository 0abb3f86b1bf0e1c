/** Distance from its middle at which a cloud has 1/sqrt(e) of its depth, mm. */
const RADIUS_MM = 70;
/** Fraction of the stars' light that its middle absorbs. */
const DEPTH = 0.8;
/** Light of the ground that it reflects, as a fraction of the night sky's background. */
const GLOW = 0.5;
/** Distance from the camera at which the cloud begins and ends its way, mm. */
const WAY_MM = 450;
/** Period of the cloud, seconds of the sky: half an hour. */
const PERIOD_SECONDS = 1800;

/** A cloud that drifts across the camera. */
export class Cloud {
  readonly #directionX: number;
  readonly #directionY: number;

  /** @param direction of its motion, radians */
  constructor(direction: number) {
    this.#directionX = Math.cos(direction);
    this.#directionY = Math.sin(direction);
  }

  /** How much of it covers a point of the camera: 0 nothing, 1 its middle. */
  coverAt(xMm: number, yMm: number, skySeconds: number): number {
    const along = WAY_MM * (2 * (skySeconds % PERIOD_SECONDS) / PERIOD_SECONDS - 1);
    const dx = xMm - along * this.#directionX;
    const dy = yMm - along * this.#directionY;
    return Math.exp(-(dx ** 2 + dy ** 2) / (2 * RADIUS_MM ** 2));
  }

  /** The fraction of a star's light that passes. */
  static transmission(cover: number): number {
    return 1 - DEPTH * cover;
  }

  /** The factor of the background. */
  static glow(cover: number): number {
    return 1 + GLOW * cover;
  }
}
