/// <reference lib="dom" />
import { itemAt } from "../../item_at.ts";
import { COLOUR_MAP, stepAt } from "../../picture/colour_map.ts";
import { placeOf, type Scale, ticksOf, tickText } from "../../picture/scale.ts";
import { PIXELS_PER_MODULE } from "../../wire/camera.ts";
import { type Box, CameraLayout } from "./camera_layout.ts";

/** The image to draw. */
export interface CameraImage {
  /** 2048 values in mV; NaN where a module is absent. */
  millivolts: ArrayLike<number>;
  scale: Scale;
  /** Slots that are silent or not in the event. */
  hatched: ReadonlySet<number>;
  badPixels: ReadonlySet<number>;
  /** The pixel or module of the time series. */
  chosen: { pixel: number } | { slot: number };
}

/** Limits of the canvas's height, points. */
const MIN_HEIGHT = 240;
const MAX_HEIGHT = 1400;

/** The colours in the canvas's byte order: alpha, blue, green, red. */
const PACKED = Uint32Array.from(COLOUR_MAP, ([red, green, blue]) => pack(red, green, blue));

/** Draws the camera on a canvas. The points are set in memory and copied once a frame. */
export class CameraCanvas {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #layout = new CameraLayout(MIN_HEIGHT);
  #image: ImageData;
  #points: Uint32Array;
  #theme = themeOf();

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("this browser has no canvas");
    this.#canvas = canvas;
    this.#context = context;
    this.#image = context.createImageData(1, 1);
    this.#points = new Uint32Array(1);
    this.resize();
  }

  get layout(): CameraLayout {
    return this.#layout;
  }

  /** Takes the size that the page gives it now. This clears the canvas. */
  resize(): void {
    const wanted = this.#canvas.clientWidth * devicePixelRatio / 1.13;
    const height = Math.round(Math.min(Math.max(wanted, MIN_HEIGHT), MAX_HEIGHT));
    this.#theme = themeOf();
    this.#layout = new CameraLayout(height);
    this.#canvas.width = this.#layout.width;
    this.#canvas.height = this.#layout.height;
    this.#image = this.#context.createImageData(this.#layout.width, this.#layout.height);
    this.#points = new Uint32Array(this.#image.data.buffer);
  }

  /** The point of the canvas at a position of the page. */
  pointAt(event: { offsetX: number; offsetY: number }): [x: number, y: number] {
    const { clientWidth, clientHeight, width, height } = this.#canvas;
    return [event.offsetX * width / clientWidth, event.offsetY * height / clientHeight];
  }

  draw(image: CameraImage): void {
    const { millivolts, scale, hatched, badPixels } = image;
    this.#points.fill(this.#theme.background);
    this.#layout.pixels.forEach((box, pixel) => {
      const isHatched = hatched.has(Math.floor(pixel / PIXELS_PER_MODULE));
      if (isHatched || badPixels.has(pixel)) return;
      const place = placeOf(itemAt(millivolts, pixel), scale);
      this.#fill(box, Number.isNaN(place) ? this.#theme.faint : itemAt(PACKED, stepAt(place)));
    });
    this.#drawScaleColours();
    this.#context.putImageData(this.#image, 0, 0);
    for (const slot of hatched) this.#hatch(itemAt(this.#layout.modules, slot), String(slot));
    for (const pixel of badPixels) this.#cross(itemAt(this.#layout.pixels, pixel));
    this.#drawScaleTicks(scale);
    const { chosen } = image;
    this.#frame(
      "pixel" in chosen
        ? itemAt(this.#layout.pixels, chosen.pixel)
        : itemAt(this.#layout.modules, chosen.slot),
    );
  }

  /** The present picture as PNG. */
  async png(): Promise<Blob> {
    return await new Promise((resolve, reject) =>
      this.#canvas.toBlob(
        (blob) => blob === null ? reject(new Error("no image")) : resolve(blob),
        "image/png",
      )
    );
  }

  #fill({ left, top, width, height }: Box, colour: number): void {
    const stride = this.#layout.width;
    for (let y = top; y < top + height; y++) {
      this.#points.fill(colour, y * stride + left, y * stride + left + width);
    }
  }

  #drawScaleColours(): void {
    const { left, top, width, height } = this.#layout.scale;
    for (let row = 0; row < height; row++) {
      const colour = itemAt(PACKED, stepAt(1 - row / (height - 1)));
      this.#fill({ left, top: top + row, width, height: 1 }, colour);
    }
  }

  #drawScaleTicks(scale: Scale): void {
    const context = this.#context;
    const { left, top, width, height } = this.#layout.scale;
    const size = Math.max(10, Math.round(this.#layout.height * 0.022));
    context.font = `${size}px system-ui, sans-serif`;
    context.fillStyle = this.#theme.text;
    context.fillText("mV", left, top - size * 0.7);
    for (const tick of ticksOf(scale, 8)) {
      const y = top + height * (1 - placeOf(tick, scale));
      context.fillRect(left + width, Math.round(y), 4, 1);
      context.fillText(tickText(tick), left + width + 6, y + size * 0.35);
    }
  }

  #hatch({ left, top, width, height }: Box, name: string): void {
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.strokeStyle = this.#theme.line;
    context.lineWidth = 1.5;
    context.beginPath();
    for (let offset = -height; offset < width; offset += 8) {
      context.moveTo(left + offset, top + height);
      context.lineTo(left + offset + height, top);
    }
    context.stroke();
    context.strokeRect(left, top, width, height);
    context.restore();
    context.font = `bold ${Math.round(height * 0.3)}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.fillStyle = this.#theme.text;
    context.fillText(name, left + width / 2, top + height * 0.6);
    context.textAlign = "start";
  }

  #cross({ left, top, width, height }: Box): void {
    const context = this.#context;
    context.strokeStyle = this.#theme.line;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(left, top);
    context.lineTo(left + width, top + height);
    context.moveTo(left + width, top);
    context.lineTo(left, top + height);
    context.stroke();
  }

  #frame({ left, top, width, height }: Box): void {
    this.#context.strokeStyle = this.#theme.chosen;
    this.#context.lineWidth = 2;
    this.#context.strokeRect(left - 1, top - 1, width + 2, height + 2);
  }
}

/** The colours of the page's theme, light or dark. */
function themeOf() {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  return isDark
    ? {
      background: pack(22, 24, 29),
      faint: pack(60, 64, 72),
      line: "#8a919e",
      text: "#e8eaee",
      chosen: "#4cc9f0",
    }
    : {
      background: pack(255, 255, 255),
      faint: pack(221, 221, 221),
      line: "#8a8f98",
      text: "#1b1e24",
      chosen: "#0077b6",
    };
}

function pack(red: number, green: number, blue: number): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
