/**
 * The packets of the simulated modules, without a socket.
 *
 * @module
 */

import { type ModuleReadout, PacketView } from "../lib/wire/packet.ts";
import { SimulatedCamera, type SimulatedPacket, type SimulatedTick } from "./simulated_camera.ts";
import {
  type SimulationOptions,
  type SimulationSettings,
  simulationSettings,
} from "./simulation_options.ts";

/** A readout of a simulated module. */
export interface SimulatedReadout {
  /** The module's slot, 0..31. */
  slot: number;
  /** Its index among the module's readouts, from 0. */
  index: number;
  /** Its content; owned by the caller. */
  readout: ModuleReadout;
}

/**
 * All packets in the order of sending: for each moment the packets of all modules, by slot. The
 * packets of the last tick are shorter when `readouts` is not a multiple of `readoutsPerPacket`.
 * Rate and TACK do not change here; {@linkcode SimulatedCamera} can change them.
 */
export function* simulatedTicks(settings: SimulationSettings): Generator<SimulatedTick> {
  const camera = new SimulatedCamera(settings);
  for (let tick = camera.take(); tick !== undefined; tick = camera.take()) yield tick;
}

/** The packets of {@linkcode simulatedTicks}, one by one. */
export function* simulatedPackets(settings: SimulationSettings): Generator<SimulatedPacket> {
  for (const { packets } of simulatedTicks(settings)) yield* packets;
}

/**
 * The readouts that a simulator with these options sends, in the same order, for a comparison with
 * the received ones. Give `firstTackNs` and `firstAuxNs`: their default is the present time.
 *
 * @throws {ConfigurationError} for the same reasons as {@linkcode Simulator}
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
