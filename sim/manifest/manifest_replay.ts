import { itemAt } from "../../lib/item_at.ts";
import { applyFate, type PacketFate } from "../faults/packet_fate.ts";
import { SimulatedCamera, type SimulatedPacket } from "../simulated_camera.ts";
import { simulationSettings } from "../simulation_options.ts";
import { type Fates, fatesIn } from "./fate_index.ts";
import type { Manifest, SilenceCause } from "./manifest.ts";

/** A packet of an ended run, and what was sent of it. */
export interface ReplayedPacket {
  slot: number;
  /** Index of its first readout among its module's. */
  firstReadout: number;
  /** The packet as it was made; valid until the next one. */
  made: Uint8Array<ArrayBuffer>;
  /** The ADC words that are packed in it, 64 for each readout; valid until the next packet. */
  signal: Uint16Array;
  /** Why it was not sent. */
  cause?: "lost" | "sendError" | SilenceCause;
  /** The datagrams as they were sent, valid until the next packet; empty where there is a cause. */
  datagrams: Uint8Array<ArrayBuffer>[];
}

const NO_SIGNAL = new Uint16Array();

/**
 * Makes every packet of a run again, in the same order, from its manifest.
 *
 * @param fates of its packets, where the manifest does not have them
 */
export function* packetsOf(
  manifest: Manifest,
  fates: Fates = fatesIn(manifest),
): Generator<ReplayedPacket> {
  const { simulation, segments, readouts } = manifest;
  if (readouts === 0) return;
  const { rate, firstTackNs, firstAuxNs } = itemAt(segments, 0);
  const later = segments.slice(1).values();
  let next = later.next().value;
  const camera = new SimulatedCamera(
    simulationSettings({ ...simulation, readouts, rate, firstTackNs, firstAuxNs }),
    { keepSignal: true },
  );
  const silences = silencesBySlot(manifest);
  while (!camera.done) {
    if (next?.firstReadout === camera.readouts) {
      camera.change(next);
      next = later.next().value;
    }
    for (const packet of camera.take()?.packets ?? []) {
      const silenceAt = itemAt(silences, packet.slot);
      yield replay(
        packet,
        fates.get(packet.slot, packet.firstReadout),
        silenceAt(packet.firstReadout),
      );
    }
  }
}

function replay(
  { slot, firstReadout, bytes, signal = NO_SIGNAL }: SimulatedPacket,
  fate: PacketFate | undefined,
  silence: SilenceCause | undefined,
): ReplayedPacket {
  const packet = { slot, firstReadout, made: bytes, signal };
  if (silence !== undefined) return { ...packet, cause: silence, datagrams: [] };
  if (fate?.lost) return { ...packet, cause: "lost", datagrams: [] };
  const sent = (fate?.datagrams ?? [{}]).filter(({ sendError }) => !sendError);
  if (sent.length === 0) return { ...packet, cause: "sendError", datagrams: [] };
  return { ...packet, datagrams: sent.map((datagram) => applyFate(bytes, datagram)) };
}

/** Returns a function that tells why a slot is silent at a readout; call it with rising readouts. */
function silencesBySlot(
  { simulation: { modules }, silences }: Manifest,
): ((readout: number) => SilenceCause | undefined)[] {
  return Array.from({ length: modules }, (_, slot) => {
    const ofSlot = silences.filter((silence) => silence.slot === slot).values();
    let silence = ofSlot.next().value;
    return (readout: number) => {
      while (silence !== undefined && silence.endReadout <= readout) silence = ofSlot.next().value;
      return silence !== undefined && silence.firstReadout <= readout ? silence.cause : undefined;
    };
  });
}
