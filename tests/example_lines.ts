/**
 * What the examples must print, worked out apart from them.
 *
 * @module
 */

import { COUNTERS, DAEMON_SECTIONS, type DaemonLedger } from "../lib/ledger/ledger.ts";
import type { Row } from "../lib/recording/table/row.ts";
import { CAMERA_PIXELS, SLOTS } from "../lib/wire/camera.ts";
import type { CameraEvent } from "../lib/wire/event.ts";
import { adcToMillivolts, decodePacket } from "../lib/wire/packet.ts";
import type { CapturedPacket } from "./interop/capture.ts";

/** Counters that count what is lost. */
const LOSSES = [
  ...["packets kernelDropped", "packets malformed", "packets unknownSource"],
  ...["readouts late", "readouts duplicate"],
  ...["events partial", "events unsent", "events undelivered"],
];

/** Lines of `receiver.ts` for the events of these packets. */
export function receiverLines(packets: readonly CapturedPacket[]): string[] {
  const events = new Map<bigint, number[]>();
  // By slot, as an event has them.
  for (const { slot, bytes } of packets.toSorted((a, b) => a.slot - b.slot)) {
    const readouts = decodePacket(bytes);
    if (typeof readouts === "string") throw new Error(`a packet is ${readouts}`);
    for (const { tPrim, words } of readouts) {
      const event = events.get(tPrim) ?? new Array<number>(64 * SLOTS).fill(NaN);
      words.forEach((word, line) => event[64 * slot + line] = adcToMillivolts(word));
      events.set(tPrim, event);
    }
  }
  return [...events].map(([tack, millivolts], index) => {
    const present = millivolts.filter((value) => !Number.isNaN(value));
    const largest = Math.max(...present);
    const at = millivolts.indexOf(largest);
    const pixel = CAMERA_PIXELS.find(({ pixel }) => pixel === at);
    return `event ${index + 1} at TACK ${tack} ns: ${present.length / 64} modules, ` +
      `mean ${meanOf(present).toFixed(2)} mV, brightest ${largest.toFixed(2)} mV in slot ` +
      `${Math.floor(at / 64)} at x ${pixel?.xMm.toFixed(1)} mm, y ${pixel?.yMm.toFixed(1)} mm`;
  });
}

/** The line of `listener.ts` for an event. */
export function listenerLine(event: CameraEvent): string {
  const absent = slots().filter((slot) => event.tPrim(slot) === 0n);
  return `run ${event.run} event ${event.number} at TACK ${event.timestampNs} ns ` +
    `(spread ${event.spreadNs} ns): ${flagWords(event.flags).join(", ")}, ` +
    `absent: ${absent.length === 0 ? "none" : absent.join(" ")}, ` +
    `mean ${meanOf(presentOf(event)).toFixed(2)} mV`;
}

/** The two lines of `subscriber.py` for an event; for a readout it prints the first. */
export function subscriberLines(event: CameraEvent): [string, string] {
  const present = slots().filter((slot) => event.tPrim(slot) !== 0n);
  const last = present.reduce((a, b) => event.tPrim(b) > event.tPrim(a) ? b : a);
  const received = `${event.receiveSeconds}.${String(event.receiveNanoseconds).padStart(9, "0")}`;
  return [
    `event ${event.number} at TACK ${event.timestampNs} ns (spread ${event.spreadNs} ns): ` +
    `${flagWords(event.flags).join(", ")}, ${present.length} modules, ` +
    `mean ${meanOf(presentOf(event)).toFixed(2)} mV, received ${received} s, epoch ${event.epoch}`,
    `  run ${event.run}, last slot ${last}: TACK ${event.tPrim(last)}, ` +
    `stamp ${event.tAux(last)} ns`,
  ];
}

/** Lines of `read_file.py` for the rows of a file, after its first one. */
export function fileLines(rows: readonly Row[]): string[] {
  const incomplete = rows.filter(({ flags }) => flags % 2 === 0).map((row) => {
    const absent = slots().filter((slot) => row.timesNs[2 * slot] === 0n);
    return `event ${row.number} of run ${row.run} at TACK ${row.timestampNs} ns: ` +
      `absent [${absent.join(", ")}]`;
  });
  const means = CAMERA_PIXELS.map(({ pixel }) =>
    meanOf(
      rows.map(({ millivolts }) => millivolts[pixel] ?? NaN).filter((value) =>
        !Number.isNaN(value)
      ),
    )
  );
  const present = means.filter((mean) => !Number.isNaN(mean));
  const [low, high] = [Math.min(...present), Math.max(...present)];
  const image = Array.from({ length: 48 }, () => new Array<string>(48).fill("  "));
  for (const { pixel, cameraRow, cameraColumn } of CAMERA_PIXELS) {
    const shade = ".:-=+*#%@"[Math.round(8 * ((means[pixel] ?? NaN) - low) / (high - low))];
    if (shade !== undefined) image[cameraRow]?.splice(cameraColumn, 1, shade + shade);
  }
  return [
    ...incomplete,
    `${rows.length} events, TACK ${rows.at(0)?.timestampNs} to ${rows.at(-1)?.timestampNs} ns`,
    ...image.map((line) => line.join("").trimEnd()),
    `mean image: ${low.toFixed(2)} mV is ., ${high.toFixed(2)} mV is @`,
  ];
}

/** Lines of `counter_dashboard.ts` after the first, while nothing is counted. */
export function quietLines(ledger: DaemonLedger): string[] {
  return DAEMON_SECTIONS.flatMap((section) => {
    const counts: Record<string, number> = ledger[section];
    return Object.entries(COUNTERS[section]).flatMap(([name, words]) => {
      const isMarked = (counts[name] ?? 0) > 0 && LOSSES.includes(`${section} ${name}`);
      const line = `${section.padEnd(9)} ${name.padEnd(13)} ${String(counts[name]).padStart(12)}`;
      return [`${isMarked ? "!" : " "} ${line}       0.0/s`, ...isMarked ? [`    ${words}`] : []];
    });
  });
}

function slots(): number[] {
  return Array.from({ length: SLOTS }, (_, slot) => slot);
}

function flagWords(flags: number): string[] {
  return ["complete", "deadline", "evicted", "reset"].filter((_, bit) => (flags >> bit) % 2 === 1);
}

function presentOf({ millivolts }: CameraEvent): number[] {
  return [...millivolts].filter((value) => !Number.isNaN(value));
}

/** NaN of none. */
function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
