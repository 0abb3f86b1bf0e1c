/**
 * Your own receiver: it receives the modules' UDP packets and builds camera events from them, in one
 * program. It needs no daemon. For each event it prints the brightest pixel and its position. At the
 * end it prints what happened to all packets.
 *
 * Start it, and in another terminal the simulator (`ssdaq sim`). Ctrl-C ends both:
 *
 *     deno run --allow-ffi --allow-read examples/receiver.ts [PORT]
 *
 * The default of PORT is 2009; 0 is any free port. The fast socket of Linux and its thread need the
 * two permissions. Without them the receiver uses Deno's own socket, which does not count the packets
 * that the kernel drops:
 *
 *     deno run --allow-net examples/receiver.ts [PORT]
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { Builder } from "@ssdaq/ssdaq/builder";
import { newDaemonLedger } from "@ssdaq/ssdaq/ledger";
import { ModuleMap, openPacketSocket } from "@ssdaq/ssdaq/receiver";
import { amplitudesOf } from "@ssdaq/ssdaq/statistics";
import {
  CAMERA_PIXELS,
  type CameraEvent,
  countSlots,
  NO_SLOT,
  PacketView,
} from "@ssdaq/ssdaq/wire";

const [port = "2009"] = Deno.args;
const ledger = newDaemonLedger();
const builder = new Builder({ run: 1n, windowNs: 10e6, deadlineMs: 2000 }, ledger);
const modules = ModuleMap.ofBase(1); // 127.0.0.101 is slot 0
const packet = new PacketView("big"); // byte order of the hardware

await using socket = openPacketSocket({ hostname: "0.0.0.0", port: Number(port) });
const { ring } = socket;
console.log(`receiving on port ${socket.address.port}`);

let stopped = false;
Deno.addSignalListener("SIGINT", () => void socket.stop().then(() => stopped = true));

while (!stopped || ring.length > 0) {
  for (let left = ring.length; left > 0; left--) {
    take(ring.tailSlot);
    ring.release(1); // the ring may use the memory of this packet again
  }
  // Ask often: an event with absent modules comes at its deadline, not with a packet.
  builder.emit(performance.now()).forEach(show);
  await socket.readable(100);
}
builder.drain().forEach(show);

const { packets, malformed, readouts, events } = ledger;
packets.kernelDropped = socket.kernelDropped ?? 0;
packets.unread = socket.unread;
console.log("packets:", JSON.stringify(packets));
console.log("malformed:", JSON.stringify(malformed));
console.log("readouts:", JSON.stringify(readouts));
console.log(`events: ${events.complete} complete, ${events.partial} partial`);

/** Reads a packet in the ring. */
function take(at: number): void {
  const { packets, malformed } = ledger;
  packets.received++;
  const slot = modules.slotOf(ring.sources, ring.sourceAt(at));
  if (slot === NO_SLOT) {
    packets.unknownSource++;
    return;
  }
  const refusal = packet.read(ring.bytes, ring.offset(at), ring.lengthBytes(at));
  if (refusal !== undefined) {
    packets.malformed++;
    malformed[refusal]++;
    return;
  }
  packets.accepted++;
  const [receiveSeconds, receiveNanoseconds] = [
    ring.receiveSeconds(at),
    ring.receiveNanoseconds(at),
  ];
  builder.add({ slot, packet, nowMs: performance.now(), receiveSeconds, receiveNanoseconds });
}

/** Prints an event: put your own analysis here. */
function show({ number, timestampNs, mask, millivolts }: CameraEvent): void {
  const { mean, largest } = amplitudesOf(millivolts);
  const brightest = CAMERA_PIXELS[millivolts.indexOf(largest)];
  console.log(
    `event ${number} at TACK ${timestampNs} ns: ${countSlots(mask)} modules, ` +
      `mean ${mean.toFixed(2)} mV, brightest ${largest.toFixed(2)} mV in slot ${brightest?.slot} ` +
      `at x ${brightest?.xMm.toFixed(1)} mm, y ${brightest?.yMm.toFixed(1)} mm`,
  );
}
