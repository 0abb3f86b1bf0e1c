import { messageOf, OperationError } from "../../lib/errors.ts";
import { fromJson } from "../../lib/text/json.ts";
import type { DatagramFate, PacketFate } from "../faults/packet_fate.ts";
import { simulationSettings } from "../simulation_options.ts";
import { type Manifest, MANIFEST_FORMAT } from "./manifest.ts";

/** Largest number of readouts of all modules in a manifest. */
const MAX_READOUTS = 2 ** 31;

/**
 * Reads a manifest, and checks everything that {@linkcode packetsOf} relies on.
 *
 * @throws {OperationError} with what is wrong
 */
export function parseManifest(text: string): Manifest {
  try {
    const manifest = fromJson(text) as Manifest;
    checkManifest(manifest);
    return manifest;
  } catch (error) {
    const reason = error instanceof SyntaxError ? "it is not JSON" : messageOf(error);
    throw new OperationError(`it is not a manifest: ${reason}`, { cause: error });
  }
}

/** Integers that a double holds exactly are numbers in JSON. */
function checkManifest(manifest: Manifest): void {
  check(typeof manifest === "object" && manifest !== null, "it is not an object");
  check(manifest.format === MANIFEST_FORMAT, `its format is not ${MANIFEST_FORMAT}`);
  check(manifest.incomplete === false, "it is incomplete: there were more faults than it can hold");
  const { segments, readouts, silences, packets } = manifest;
  check(isWhole(readouts), "readouts is not a whole number");
  check(Array.isArray(segments) && segments.length > 0, "it has no segments");
  let least = 0;
  for (const segment of segments) {
    segment.firstTackNs = BigInt(segment.firstTackNs);
    segment.firstAuxNs = BigInt(segment.firstAuxNs);
    const { rate, firstTackNs, firstAuxNs, firstReadout } = segment;
    simulationSettings({ ...manifest.simulation, rate, firstTackNs, firstAuxNs });
    check(isWhole(firstReadout) && firstReadout >= least, "its segments do not follow each other");
    least = firstReadout + 1;
  }
  check(segments[0]?.firstReadout === 0, "its first segment does not begin at 0");
  const { modules } = manifest.simulation;
  check(readouts * modules <= MAX_READOUTS, "it has over 2^31 readouts");
  check(Array.isArray(silences) && Array.isArray(packets), "silences or packets is not a list");
  for (const { slot, firstReadout, endReadout, cause } of silences) {
    const isRange = isWhole(firstReadout) && isWhole(endReadout) && endReadout > firstReadout;
    check(isSlot(slot, modules) && isRange, "a silence has no valid slot and range");
    check(cause === "killed" || cause === "paused", "a silence has no valid cause");
  }
  for (const fate of packets) checkPacketFate(fate, modules);
}

/**
 * Checks what a manifest says of a packet.
 *
 * @throws {Error} with what is wrong
 */
export function checkPacketFate(fate: PacketFate, modules: number): void {
  const { slot, firstReadout, datagrams = [] } = fate;
  check(isSlot(slot, modules) && isWhole(firstReadout), "a packet has no valid slot and readout");
  check(Array.isArray(datagrams) && datagrams.every(isFate), "a packet has no valid datagrams");
}

function isFate({ flips = [], cutToBytes = 0 }: DatagramFate): boolean {
  return isWhole(cutToBytes) && Array.isArray(flips) &&
    flips.every(([offset, xor]) => isWhole(offset) && isWhole(xor) && xor > 0 && xor < 256);
}

function isSlot(slot: unknown, modules: number): boolean {
  return isWhole(slot) && slot < modules;
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function check(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}
