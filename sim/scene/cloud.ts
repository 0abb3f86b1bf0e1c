/** Radius at which a cloud is at 1/sqrt(e) of its depth, mm. */
const RADIUS_MM = 70;
/** What the middle of it takes away of the stars' light. */
const DEPTH = 0.8;
/** What it throws back of the lights of the ground, as a part of the night sky's background. */
const GLOW = 0.5;
/** The cloud comes from this far outside, and goes as far, mm. */
const WAY_MM = 450;
/** It comes again after so many seconds of the sky, which is half an hour. */
const PERIOD_SECONDS = 1800;

/** A cloud that drifts across the camera. */
export class Cloud {
  readonly #directionX: number;
  readonly #directionY: number;

  /** @param direction where it goes, radians */
  constructor(direction: number) {
    this.#directionX = Math.cos(direction);
    this.#directionY = Math.sin(direction);
  }

  /** How much of it is before a place in the camera: 0 nothing, 1 its middle. */
  coverAt(xMm: number, yMm: number, skySeconds: number): number {
    const along = WAY_MM * (2 * (skySeconds % PERIOD_SECONDS) / PERIOD_SECONDS - 1);
    const dx = xMm - along * this.#directionX;
    const dy = yMm - along * this.#directionY;
    return Math.exp(-(dx ** 2 + dy ** 2) / (2 * RADIUS_MM ** 2));
  }

  /** The part of a star's light that comes through. */
  static transmission(cover: number): number {
    return 1 - DEPTH * cover;
  }

  /** What the background is multiplied by. */
  static glow(cover: number): number {
    return 1 + GLOW * cover;
  }
}
