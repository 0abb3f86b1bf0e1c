import { CAMERA_PIXELS, modulePixels, SLOTS } from "../../wire/camera.ts";

/** Half of the drawn size of the camera, mm. */
const HALF_MM = 164;
/** Side of a drawn pixel, mm: a little less than the pitch. */
const PIXEL_MM = 5.75;
/** Margin beside a module's pixels, mm. */
const MARGIN_MM = 3.3;
/** Room beside the camera for the scale, as a fraction of the height. */
const SCALE_PART = 0.13;

/** A box on the canvas, in whole points. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Positions of pixels, modules and the scale on a canvas with a given height; pure. */
export class CameraLayout {
  /** Size of the canvas, points. */
  readonly width: number;
  readonly height: number;
  /** Indexed by pixel. */
  readonly pixels: readonly Box[];
  /** Indexed by slot. */
  readonly modules: readonly Box[];
  /** The box of the colour scale. */
  readonly scale: Box;
  readonly #perMm: number;

  /** @param height of the canvas, points */
  constructor(height: number) {
    this.height = height;
    this.width = Math.round(height * (1 + SCALE_PART));
    this.#perMm = height / (2 * HALF_MM);
    this.pixels = CAMERA_PIXELS.map(({ xMm, yMm }) =>
      this.#box(xMm - PIXEL_MM / 2, yMm + PIXEL_MM / 2, PIXEL_MM, PIXEL_MM)
    );
    this.modules = Array.from({ length: SLOTS }, (_, slot) => {
      const pixels = modulePixels(slot);
      const x = pixels.map(({ xMm }) => xMm);
      const y = pixels.map(({ yMm }) => yMm);
      const left = Math.min(...x) - MARGIN_MM;
      const top = Math.max(...y) + MARGIN_MM;
      return this.#box(
        left,
        top,
        Math.max(...x) + MARGIN_MM - left,
        top - Math.min(...y) + MARGIN_MM,
      );
    });
    this.scale = {
      left: height + Math.round(0.01 * height),
      top: Math.round(0.1 * height),
      width: Math.round(0.025 * height),
      height: Math.round(0.8 * height),
    };
  }

  /** The pixel at a point of the canvas; undefined if there is none. */
  pixelAt(x: number, y: number): number | undefined {
    const found = this.pixels.findIndex((box) => isIn(box, x, y));
    return found < 0 ? undefined : found;
  }

  /** The module at a point of the canvas; undefined if there is none. */
  slotAt(x: number, y: number): number | undefined {
    const found = this.modules.findIndex((box) => isIn(box, x, y));
    return found < 0 ? undefined : found;
  }

  #box(xMm: number, yMm: number, widthMm: number, heightMm: number): Box {
    const x = (mm: number) => Math.round((HALF_MM + mm) * this.#perMm);
    const y = (mm: number) => Math.round((HALF_MM - mm) * this.#perMm);
    const [left, top] = [x(xMm), y(yMm)];
    return { left, top, width: x(xMm + widthMm) - left, height: y(yMm - heightMm) - top };
  }
}

function isIn({ left, top, width, height }: Box, x: number, y: number): boolean {
  return x >= left && x < left + width && y >= top && y < top + height;
}
