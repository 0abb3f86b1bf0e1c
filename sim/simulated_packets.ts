/**
 * What the simulated modules send, without any socket.
 *
 * @module
 */

import {
  type ByteOrder,
  type ModuleReadout,
  PacketView,
  READOUT_BYTES,
  writeReadout,
} from "../lib/packet.ts";
import { highU32, lowU32 } from "../lib/tack.ts";
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
  /** The datagram. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** What the modules send at one moment: a packet each, with readouts of the same times. */
export interface SimulatedTick {
  /** Index of the packets' first readout among a module's, from 0. */
  firstReadout: number;
  /** Readouts in each packet. */
  readouts: number;
  /** When their last readout has been taken: TACK ms after the start of the run. */
  takenMs: number;
  /** By slot; the array and its packets are used again for the next tick. */
  packets: readonly SimulatedPacket[];
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
 * another, by slot. The packets of the last tick are shorter where `readouts` is not a multiple of
 * `readoutsPerPacket`.
 *
 * Readout j of every module has `tPrim` = firstTackNs + round(j x 1e9 / rate), and `tAux` the same
 * moment on the simulated wall clock, firstAuxNs + round(j x 1e9 / rate); both go through 2^64 to 0
 * as a counter of 64 bits does.
 */
export function* simulatedTicks(settings: SimulationSettings): Generator<SimulatedTick> {
  const { modules, rate, readoutsPerPacket, readouts } = settings;
  const times = new ReadoutTimes(rate);
  const halves = new Uint32Array(4 * readoutsPerPacket);
  const slots = Array.from({ length: modules }, (_, slot) => new SimulatedModule(slot, settings));
  for (let firstReadout = 0; firstReadout < readouts; firstReadout += readoutsPerPacket) {
    const count = Math.min(readoutsPerPacket, readouts - firstReadout);
    for (let i = 0; i < count; i++) {
      setTimes(halves, 4 * i, times.offsetNs(firstReadout + i), settings);
    }
    for (const module of slots) module.take(count, halves);
    yield {
      firstReadout,
      readouts: count,
      takenMs: times.durationMs(firstReadout + count),
      packets: slots,
    };
  }
}

/** The packets of {@linkcode simulatedTicks}, one by one. */
export function* simulatedPackets(settings: SimulationSettings): Generator<SimulatedPacket> {
  for (const { packets } of simulatedTicks(settings)) yield* packets;
}

/**
 * The readouts a simulator with these options sends, in the order it sends them, for comparison
 * with what comes out at the other end. Give `firstTackNs` and `firstAuxNs`, which are the present
 * time by default.
 *
 * @throws {ConfigurationError} as {@linkcode Simulator} does
 */
export function* simulatedReadouts(options: SimulationOptions = {}): Generator<SimulatedReadout> {
  const settings = simulationSettings(options);
  const view = new PacketView(settings.byteOrder);
  for (const { firstReadout, readouts, packets } of simulatedTicks(settings)) {
    for (const { slot, bytes } of packets) {
      view.read(bytes, 0, bytes.length);
      for (let i = 0; i < readouts; i++) {
        yield { slot, index: firstReadout + i, readout: view.readout(i) };
      }
    }
  }
}

/** Writes the halves of both times of a readout, as `writeReadout` takes them. */
function setTimes(
  halves: Uint32Array,
  at: number,
  offsetNs: bigint,
  { firstTackNs, firstAuxNs }: SimulationSettings,
): void {
  for (const [i, first] of [firstTackNs, firstAuxNs].entries()) {
    halves[at + 2 * i] = highU32(first + offsetNs);
    halves[at + 2 * i + 1] = lowU32(first + offsetNs);
  }
}

/** One module: its signal and its packet. */
class SimulatedModule implements SimulatedPacket {
  bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView<ArrayBuffer>;
  readonly #signal: ModuleSignal;
  readonly #byteOrder: ByteOrder;

  constructor(readonly slot: number, settings: SimulationSettings) {
    this.bytes = new Uint8Array(settings.readoutsPerPacket * READOUT_BYTES);
    this.#view = new DataView(this.bytes.buffer);
    this.#signal = new ModuleSignal(settings.seed, slot);
    this.#byteOrder = settings.byteOrder;
  }

  /** Takes so many readouts at these times, and packs them. */
  take(count: number, times: Uint32Array): void {
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
