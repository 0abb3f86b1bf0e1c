import type { PacketView } from "../wire/packet.ts";
import { tackDifferenceNs } from "../wire/tack.ts";

/** A longer step is not believed: two readouts a minute are the slowest that is looked for. */
const MAX_STEP_NS = 60e9;

/**
 * The TACK step from each readout of a packet to the next, ns, when it is the same throughout; 0
 * when it is not, or the packet has one readout, or the step is above a minute. In four readouts or
 * more, one step may be another: TACK was reset there.
 *
 * @param toleranceNs how far steps may differ
 */
export function steadyStepNs(packet: PacketView, toleranceNs: number): number {
  if (packet.count < 2) return 0;
  const mayBreak = packet.count >= 4;
  const stepNs = mayBreak
    ? middleOf(stepTo(packet, 1), stepTo(packet, 2), stepTo(packet, 3))
    : stepTo(packet, 1);
  if (stepNs <= 0 || stepNs > MAX_STEP_NS) return 0;
  let others = 0;
  for (let index = 1; index < packet.count; index++) {
    if (Math.abs(stepTo(packet, index) - stepNs) > toleranceNs) others++;
  }
  return others <= (mayBreak ? 1 : 0) ? stepNs : 0;
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function stepTo(packet: PacketView, index: number): number {
  return tackDifferenceNs(
    packet.tackHigh(index),
    packet.tackLow(index),
    packet.tackHigh(index - 1),
    packet.tackLow(index - 1),
  );
}
