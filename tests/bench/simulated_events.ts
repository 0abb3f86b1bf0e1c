import { Builder } from "../../lib/builder/builder.ts";
import { newLedger } from "../../lib/ledger/ledger.ts";
import type { CameraEvent } from "../../lib/wire/event.ts";
import { PacketView } from "../../lib/wire/packet.ts";
import { simulatedPackets } from "../../sim/simulated_packets.ts";
import { simulationSettings } from "../../sim/simulation_options.ts";

/** So many whole events, as the simulator's modules make them. */
export function simulatedEvents(count: number): CameraEvent[] {
  const builder = new Builder({}, newLedger("readouts", "events"));
  const view = new PacketView();
  const events: CameraEvent[] = [];
  for (const { slot, bytes } of simulatedPackets(simulationSettings({ readouts: count }))) {
    view.read(bytes, 0, bytes.length);
    builder.add({ slot, packet: view, nowMs: 0, receiveSeconds: 0, receiveNanoseconds: 0 });
    events.push(...builder.emit(0));
  }
  return events;
}
