import { ModuleMap } from "../../lib/address/module_map.ts";
import { Builder } from "../../lib/builder/builder.ts";
import { newLedger } from "../../lib/ledger/ledger.ts";
import { PacketRing } from "../../lib/receiver/packet_ring.ts";
import { decodeEvent, encodeEvent } from "../../lib/wire/event.ts";
import { decodePacket, PacketView } from "../../lib/wire/packet.ts";
import { addressesFrom } from "../../sim/send/module_addresses.ts";
import { simulatedPackets } from "../../sim/simulated_packets.ts";
import { simulationSettings } from "../../sim/simulation_options.ts";
import { first } from "../elements.ts";
import { makeEvent } from "../lib/make_event.ts";

/** A second of the camera: a packet of ten readouts of each of 32 modules. */
const second = Array.from(
  simulatedPackets(simulationSettings({ readouts: 10 })),
  ({ bytes }) => bytes.slice(),
);
const packet = first(second);
const view = new PacketView();
const voltages = new Float64Array(64);

Deno.bench("decode a packet of 10 readouts, allocating", () => {
  decodePacket(packet);
});

Deno.bench("decode a packet of 10 readouts to mV in place", () => {
  view.read(packet, 0, packet.length);
  for (let index = 0; index < view.count; index++) view.millivoltsInto(index, voltages, 0);
});

Deno.bench("build 10 events of 32 packets", () => {
  const builder = new Builder({}, newLedger("readouts", "events"));
  for (const [slot, packet] of second.entries()) {
    view.read(packet, 0, packet.length);
    builder.add({ slot, packet: view, nowMs: 0, receiveSeconds: 0, receiveNanoseconds: 0 });
  }
  if (builder.emit(0).length !== 10) throw new Error("events are missing");
});

const ring = new PacketRing();
const addresses = addressesFrom("127.0.0.101", 32, { hostname: "127.0.0.1", port: 2009 });
const table = addresses.map((address, slot) => ({ address, slot }));
const MAPS = { "the rule": ModuleMap.ofBase(1), "a table": ModuleMap.ofAddresses(table) };

for (const [name, modules] of Object.entries(MAPS)) {
  Deno.bench(`find the slots of 32 packets by ${name}`, () => {
    for (let slot = 0; slot < 32; slot++) {
      ring.setIpv4Source(slot, 0x7f000065 + slot);
      const found = modules.slotOf(ring.sources, ring.sourceAt(slot));
      if (found !== slot) throw new Error(`slot ${slot} was found as ${found}`);
    }
  });
}

const event = makeEvent(1);
const message = encodeEvent(event, "event").slice();

Deno.bench("encode a readout message", () => {
  encodeEvent(event, "readout");
});

Deno.bench("decode an event message", () => {
  decodeEvent(message);
});
