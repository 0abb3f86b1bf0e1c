import type { PacketView } from "../wire/packet.ts";
import { tackDifferenceNs } from "../wire/tack.ts";

/** Longer steps are ignored. The slowest rate that is recognised is one readout a minute. */
const MAX_STEP_NS = 60e9;

/**
 * The TACK step between the readouts of a packet, ns, if it is the same throughout. Otherwise 0;
 * also 0 for a packet with one readout, and for a step above a minute. With four readouts or more,
 * one step may differ: TACK was reset there.
 *
 * @param toleranceNs how much steps may differ
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
