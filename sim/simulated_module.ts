import { type ByteOrder, READOUT_BYTES, writeReadout } from "../lib/packet.ts";
import { ModuleSignal } from "./signal.ts";
import type { SimulationSettings } from "./simulation_options.ts";

/** One module of the camera: its signal and its packet, whose memory is used again and again. */
export class SimulatedModule {
  /** Index of the packet's first readout among the module's, from 0. */
  firstReadout = 0;
  /** The packet. */
  bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView<ArrayBuffer>;
  readonly #signal: ModuleSignal;
  readonly #byteOrder: ByteOrder;

  constructor(
    readonly slot: number,
    { readoutsPerPacket, seed, byteOrder }: SimulationSettings,
  ) {
    this.bytes = new Uint8Array(readoutsPerPacket * READOUT_BYTES);
    this.#view = new DataView(this.bytes.buffer);
    this.#signal = new ModuleSignal(seed, slot);
    this.#byteOrder = byteOrder;
  }

  /**
   * Takes so many readouts at these times, and packs them.
   *
   * @param times four halves a readout, as `writeReadout` takes them
   */
  take(firstReadout: number, count: number, times: Uint32Array): void {
    this.firstReadout = firstReadout;
    const lengthBytes = count * READOUT_BYTES;
    // Only the last packet of a run is shorter.
    if (this.bytes.length !== lengthBytes) this.bytes = this.bytes.subarray(0, lengthBytes);
    const { words } = this.#signal;
    for (let i = 0; i < count; i++) {
      writeReadout(this.#view, i * READOUT_BYTES, this.#byteOrder, times, 4 * i, words);
      this.#signal.step();
    }
  }
}
