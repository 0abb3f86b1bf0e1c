import type { SentPacket } from "../../../../cli/commands/check/sent_readouts.ts";
import type { CameraEvent } from "../../../../lib/wire/event.ts";
import { slotsOf } from "../../../../lib/wire/camera.ts";

/** A form in which a readout was sent. */
interface Form {
  readout: number;
  voltages: string;
  altered: boolean;
  taken: boolean;
}

/** What is found: as `ssdaq check` finds it. */
export interface Findings {
  fates: Record<string, number>;
  /** Stored readouts by slot. */
  stored: number[];
  count: number;
  texts: string[];
}

/** When copies of a readout have different fates, the later one in this list counts. */
const RANKS = ["malformed", "missing", "altered", "stored"];

/**
 * The plainest check that there can be, to compare the real one with: it keeps every readout in
 * maps, and goes through the rows in their order.
 */
export function naiveCheck(
  packets: Iterable<SentPacket>,
  events: readonly CameraEvent[],
  little: boolean,
): Findings {
  const fates: string[] = [];
  const forms = new Map<string, Form[]>();
  for (const { slot, made, cause = "cut", datagrams } of packets) {
    const first = fates.length;
    for (let index = 0; index < made.length / 144; index++) fates.push(cause);
    for (const datagram of datagrams) {
      if (isRefused(datagram, little)) {
        for (let index = first; index < fates.length; index++) raise(fates, index, "malformed");
        continue;
      }
      for (let index = 0; index < datagram.length / 144; index++) {
        const bytes = datagram.subarray(144 * index, 144 * index + 144);
        const original = made.subarray(144 * index, 144 * index + 144);
        raise(fates, first + index, "missing");
        const { key, voltages } = readoutIn(bytes, slot, little);
        const others = forms.get(key) ?? [];
        forms.set(key, others);
        if (others.some((other) => other.voltages === voltages)) continue;
        const altered = bytes.toHex() !== original.toHex();
        others.push({ readout: first + index, voltages, altered, taken: false });
      }
    }
  }
  const stored = new Array<number>(32).fill(0);
  const texts: string[] = [];
  let last: bigint | undefined;
  for (const [row, event] of events.entries()) {
    if (last !== undefined && event.number <= last) {
      texts.push(`row ${row}: it is stored after event ${last}`);
    } else last = event.number;
    const times: bigint[] = [];
    for (const slot of slotsOf(event.mask)) {
      const [tPrim = 0n, tAux = 0n] = [event.tPrim(slot), event.tAux(slot)];
      times.push(tPrim);
      const known = forms.get(`${slot} ${tPrim} ${tAux}`);
      const voltages = Array.from(event.module(slot), Math.fround).join();
      const same = known?.find((form) => form.voltages === voltages);
      if (same !== undefined && !same.taken) {
        same.taken = true;
        raise(fates, same.readout, same.altered ? "altered" : "stored");
        stored[slot] = (stored[slot] ?? 0) + 1;
        continue;
      }
      const why = same !== undefined
        ? "is stored twice"
        : known !== undefined
        ? "was sent with other voltages"
        : "was never sent";
      texts.push(`row ${row}: the readout of slot ${slot} at TACK ${tPrim} ns ${why}`);
    }
    const least = times.reduce((a, b) => a < b ? a : b);
    if (least !== event.timestampNs) {
      texts.push(
        `row ${row}: its time is ${event.timestampNs}, but its earliest readout has ${least}`,
      );
    }
  }
  const counts: Record<string, number> = {};
  for (const fate of fates) counts[fate] = (counts[fate] ?? 0) + 1;
  return { fates: counts, stored, count: texts.length, texts: texts.slice(0, 20) };
}

function raise(fates: string[], index: number, fate: string): void {
  if (RANKS.indexOf(fate) > RANKS.indexOf(fates[index] ?? "")) fates[index] = fate;
}

function isRefused(datagram: Uint8Array, little: boolean): boolean {
  const readouts = datagram.length / 144;
  if (readouts === 0 || !Number.isInteger(readouts) || readouts > 62) return true;
  const times = (order: boolean) =>
    Array.from(
      { length: readouts },
      (_, index) => viewOf(datagram).getBigUint64(144 * index, order),
    );
  const [first = 0n, second = first] = times(little);
  const dayNs = 86_400_000_000_000n;
  if (second - first < dayNs && first - second < dayNs) return false;
  const swapped = times(!little);
  return swapped.every((time, index) => {
    const rise = time - (swapped[index - 1] ?? time - 1n);
    return rise > 0n && rise <= 3_600_000_000_000n;
  });
}

function readoutIn(bytes: Uint8Array, slot: number, little: boolean) {
  const view = viewOf(bytes);
  const volts = Array.from({ length: 64 }, (_, line) => {
    const word = view.getUint16(line < 32 ? 8 + 2 * line : 16 + 2 * line, little);
    return Math.fround((word ^ 0x8000) * 0.03815 * 2);
  });
  const key = `${slot} ${view.getBigUint64(0, little)} ${view.getBigUint64(72, little)}`;
  return { key, voltages: volts.join() };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
