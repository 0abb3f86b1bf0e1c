import type { PacketView } from "../packet.ts";
import { tackDifferenceNs } from "../tack.ts";

/** A longer step is not believed: two readouts a minute are the slowest that is looked for. */
const MAX_STEP_NS = 60e9;

/**
 * The TACK step from each readout of a packet to the next, ns, when it is the same throughout; 0
 * when it is not, or the packet has one readout, or the step is above a minute.
 *
 * @param toleranceNs how far steps may differ
 */
export function steadyStepNs(packet: PacketView, toleranceNs: number): number {
  if (packet.count < 2) return 0;
  const first = stepTo(packet, 1);
  if (first <= 0 || first > MAX_STEP_NS) return 0;
  for (let index = 2; index < packet.count; index++) {
    if (Math.abs(stepTo(packet, index) - first) > toleranceNs) return 0;
  }
  return first;
}

function stepTo(packet: PacketView, index: number): number {
  return tackDifferenceNs(
    packet.tackHigh(index),
    packet.tackLow(index),
    packet.tackHigh(index - 1),
    packet.tackLow(index - 1),
  );
}
