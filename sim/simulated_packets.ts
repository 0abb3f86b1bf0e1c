/**
 * What the simulated modules send, without any socket.
 *
 * @module
 */

import { PIXELS_PER_MODULE } from "../lib/camera.ts";
import { encodeReadout, type ModuleReadout, READOUT_BYTES } from "../lib/packet.ts";
import { ReadoutTimes } from "./readout_times.ts";
import { ModuleSignal } from "./signal.ts";
import {
  type SimulationOptions,
  type SimulationSettings,
  simulationSettings,
} from "./simulation_options.ts";

/** A packet of a simulated module. Its memory is used again for the module's next packet. */
export interface SimulatedPacket {
  /** The module's slot, 0..31. */
  slot: number;
  /** Index of its first readout among the module's, from 0. */
  firstReadout: number;
  /** When its last readout has been taken: TACK ms after the start of the run. */
  takenMs: number;
  /** Its readouts. */
  readouts: readonly ModuleReadout[];
  /** The datagram. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** A readout of a simulated module. */
export interface SimulatedReadout {
  /** The module's slot, 0..31. */
  slot: number;
  /** Its index among the module's readouts, from 0. */
  index: number;
  /** What it holds; owned by the caller. */
  readout: ModuleReadout;
}

/**
 * All packets in the order they are sent: those of all modules with the same readouts one after
 * another, by slot. The last packet of a module is shorter where `readouts` is not a multiple of
 * `readoutsPerPacket`.
 *
 * Readout j of every module has `tPrim` = firstTackNs + round(j x 1e9 / rate), and `tAux` the same
 * moment on the simulated wall clock, firstAuxNs + round(j x 1e9 / rate); both go through 2^64 to 0
 * as a counter of 64 bits does.
 */
export function* simulatedPackets(settings: SimulationSettings): Generator<SimulatedPacket> {
  const { modules, rate, readoutsPerPacket, readouts } = settings;
  const times = new ReadoutTimes(rate);
  const slots = Array.from({ length: modules }, (_, slot) => new SimulatedModule(slot, settings));
  for (let firstReadout = 0; firstReadout < readouts; firstReadout += readoutsPerPacket) {
    const count = Math.min(readoutsPerPacket, readouts - firstReadout);
    const takenMs = times.durationMs(firstReadout + count);
    const offsetsNs = Array.from({ length: count }, (_, i) => times.offsetNs(firstReadout + i));
    for (const module of slots) {
      yield { slot: module.slot, firstReadout, takenMs, ...module.take(offsetsNs) };
    }
  }
}

/**
 * The readouts a simulator with these options sends, in the order it sends them, for comparison
 * with what comes out at the other end. Give `firstTackNs` and `firstAuxNs`, which are the present
 * time by default.
 *
 * @throws {ConfigurationError} as {@linkcode Simulator} does
 */
export function* simulatedReadouts(options: SimulationOptions = {}): Generator<SimulatedReadout> {
  for (const { slot, firstReadout, readouts } of simulatedPackets(simulationSettings(options))) {
    for (const [i, { tPrim, tAux, words }] of readouts.entries()) {
      const readout = { tPrim, tAux, words: words.slice() };
      yield { slot, index: firstReadout + i, readout };
    }
  }
}

/** One module: its signal and the memory of its packet. */
class SimulatedModule {
  readonly #signal: ModuleSignal;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #readouts: ModuleReadout[];

  constructor(readonly slot: number, readonly settings: SimulationSettings) {
    this.#signal = new ModuleSignal(settings.seed, slot);
    this.#bytes = new Uint8Array(settings.readoutsPerPacket * READOUT_BYTES);
    this.#readouts = Array.from({ length: settings.readoutsPerPacket }, () => ({
      tPrim: 0n,
      tAux: 0n,
      words: new Uint16Array(PIXELS_PER_MODULE),
    }));
  }

  /** Takes one readout for each of these times after the first one, and packs them. */
  take(offsetsNs: readonly bigint[]): Pick<SimulatedPacket, "readouts" | "bytes"> {
    const { firstTackNs, firstAuxNs, byteOrder } = this.settings;
    const readouts = this.#readouts.slice(0, offsetsNs.length);
    for (const [i, readout] of readouts.entries()) {
      readout.tPrim = BigInt.asUintN(64, firstTackNs + offsetsNs[i]);
      readout.tAux = BigInt.asUintN(64, firstAuxNs + offsetsNs[i]);
      this.#signal.readInto(readout.words);
      encodeReadout(readout, this.#bytes, i * READOUT_BYTES, byteOrder);
    }
    return { readouts, bytes: this.#bytes.subarray(0, readouts.length * READOUT_BYTES) };
  }
}
