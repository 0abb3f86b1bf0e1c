import { PIXELS_PER_MODULE } from "../lib/wire/camera.ts";
import {
  type ByteOrder,
  millivoltsToAdc,
  READOUT_BYTES,
  writeReadout,
} from "../lib/wire/packet.ts";
import type { ModuleSignal, Scene } from "./scene/scene.ts";
import type { SimulationSettings } from "./simulation_options.ts";

/** ADC word of a dead pixel: 0 mV. */
const DEAD_WORD = millivoltsToAdc(0);

/** One module of the camera: its signal and its packet. Each packet uses the same memory. */
export class SimulatedModule {
  /** 0..31. */
  readonly slot: number;
  /** Index of the packet's first readout among the module's, from 0. */
  firstReadout = 0;
  /** The packet. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The ADC words of the packet's readouts as the scene made them, before packing, if wanted. */
  readonly signal: Uint16Array | undefined;
  readonly #view: DataView<ArrayBuffer>;
  readonly #signal: ModuleSignal;
  readonly #byteOrder: ByteOrder;
  /** Raw lines of its dead pixels. */
  readonly #deadLines: readonly number[];

  constructor(
    slot: number,
    scene: Scene,
    { readoutsPerPacket, byteOrder, deadPixels }: SimulationSettings,
    keepSignal: boolean,
  ) {
    this.slot = slot;
    this.bytes = new Uint8Array(readoutsPerPacket * READOUT_BYTES);
    if (keepSignal) this.signal = new Uint16Array(readoutsPerPacket * PIXELS_PER_MODULE);
    this.#view = new DataView(this.bytes.buffer);
    this.#signal = scene.signalOf(slot);
    this.#byteOrder = byteOrder;
    this.#deadLines = deadPixels
      .filter((pixel) => Math.floor(pixel / PIXELS_PER_MODULE) === slot)
      .map((pixel) => pixel % PIXELS_PER_MODULE);
  }

  /**
   * Makes a number of readouts at the given times, and packs them.
   *
   * @param times four halves for each readout, in the order of `writeReadout`
   * @param cameraMs camera time of each readout
   */
  take(firstReadout: number, count: number, times: Uint32Array, cameraMs: Float64Array): void {
    this.firstReadout = firstReadout;
    const lengthBytes = count * READOUT_BYTES;
    // Only the last packet of a run may be shorter.
    if (this.bytes.length !== lengthBytes) this.bytes = this.bytes.subarray(0, lengthBytes);
    for (let i = 0; i < count; i++) {
      // In range, and read for each readout: no check.
      const words = this.#signal.take(cameraMs[i] as number);
      for (const line of this.#deadLines) words[line] = DEAD_WORD;
      this.signal?.set(words, i * PIXELS_PER_MODULE);
      writeReadout(this.#view, i * READOUT_BYTES, this.#byteOrder, times, 4 * i, words);
    }
  }
}
