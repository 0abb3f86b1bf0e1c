/**
 * Makes a state in which a disk may be after a power cut.
 *
 * @module
 */

import { itemAt } from "../../lib/item_at.ts";
import type { DiskLog, DiskStep } from "./disk_log.ts";

/** What is cut off how. */
export interface PowerCutOptions {
  /** Number of steps before the cut. */
  steps: number;
  /** What the disk writes whole or not at all: 4096 for pages, 512 for sectors. */
  pieceBytes: number;
  /** A random number, 0 or more and less than 1. */
  random: () => number;
}

/** What is on the disk after the cut. */
export interface DiskState {
  /** Contents by name. */
  files: Map<string, Uint8Array>;
  /** The events that the recorder had counted as synced before. */
  counted: number[];
}

/**
 * Cuts the power. Of all steps since a file was synced, each piece of the file has any number, the
 * first ones; and its length is that after any of the steps. Of all changes of names since the
 * folder was synced, the first ones were made, or, in every second state, any of them.
 */
export function cutPower({ start, steps }: DiskLog, options: PowerCutOptions): DiskState {
  const done = steps.slice(0, options.steps);
  const contents = new Map<number, Uint8Array>();
  const numbers = new Set([...start.contents.keys(), ...done.flatMap(filesIn)]);
  for (const file of numbers) {
    const own = done.filter((step) => "file" in step && step.file === file);
    contents.set(file, contentAfter(start.contents.get(file) ?? new Uint8Array(), own, options));
  }
  const files = new Map<string, Uint8Array>();
  for (const [name, file] of namesAfter(start.names, done, options.random)) {
    files.set(name, contents.get(file) ?? new Uint8Array());
  }
  const counted = done.flatMap((step) => step.kind === "counted" ? [step.number] : []);
  return { files, counted };
}

function filesIn(step: DiskStep): number[] {
  if (step.kind === "names") return [...step.names.values()].filter((file) => file !== undefined);
  return "file" in step ? [step.file] : [];
}

function contentAfter(
  start: Uint8Array,
  steps: readonly DiskStep[],
  { pieceBytes, random }: PowerCutOptions,
): Uint8Array {
  const synced = steps.findLastIndex(({ kind }) => kind === "sync");
  const disk = new GrowingBytes(start);
  for (const step of steps.slice(0, synced + 1)) disk.apply(step);
  const open = steps.slice(synced + 1);
  if (open.length === 0) return disk.bytes;
  // Each piece is written at any time, so that it has the first steps of those that change it.
  const latest = new GrowingBytes(disk.bytes.slice());
  const lengths = [latest.bytes.length];
  const versions = new Map<number, Uint8Array[]>();
  const note = (piece: number) => {
    const at = piece * pieceBytes;
    const version = new Uint8Array(pieceBytes);
    version.set(latest.bytes.subarray(at, at + pieceBytes));
    const known = versions.get(piece) ?? [];
    versions.set(piece, known);
    known.push(version);
  };
  for (const step of open) {
    const pieces = piecesOf(step, latest.bytes.length, pieceBytes);
    for (const piece of pieces) if (!versions.has(piece)) note(piece);
    latest.apply(step);
    pieces.forEach(note);
    lengths.push(latest.bytes.length);
  }
  const pick = <T extends number | Uint8Array>(items: readonly T[]) =>
    itemAt(items, Math.floor(random() * items.length));
  const length = pick(lengths);
  const result = new Uint8Array(length);
  result.set(disk.bytes.subarray(0, length));
  for (const [piece, known] of versions) {
    const at = piece * pieceBytes;
    if (at < length) result.set(pick(known).subarray(0, length - at), at);
  }
  return result;
}

function piecesOf(step: DiskStep, length: number, pieceBytes: number): number[] {
  const [from, to] = step.kind === "write"
    ? [step.at, step.at + step.bytes.length]
    : step.kind === "cut"
    ? [Math.min(step.length, length), Math.max(step.length, length)]
    : [0, 0];
  const first = Math.floor(from / pieceBytes);
  return Array.from(
    { length: Math.max(0, Math.ceil(to / pieceBytes) - first) },
    (_, index) => first + index,
  );
}

function namesAfter(
  start: ReadonlyMap<string, number>,
  steps: readonly DiskStep[],
  random: () => number,
): Map<string, number> {
  const synced = steps.findLastIndex(({ kind }) => kind === "syncFolder");
  const names = new Map(start);
  const apply = (step: DiskStep) => {
    if (step.kind !== "names") return;
    for (const [name, file] of step.names) {
      if (file === undefined) names.delete(name);
      else names.set(name, file);
    }
  };
  steps.slice(0, synced + 1).forEach(apply);
  const open = steps.slice(synced + 1).filter(({ kind }) => kind === "names");
  const isOrdered = random() < 0.5;
  const count = Math.floor(random() * (open.length + 1));
  open.filter((_, index) => isOrdered ? index < count : random() < 0.5).forEach(apply);
  return names;
}

/** The content of a file while steps are done to it. */
class GrowingBytes {
  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes.slice();
  }

  apply(step: DiskStep): void {
    if (step.kind === "cut") this.#resize(step.length);
    if (step.kind !== "write") return;
    const end = step.at + step.bytes.length;
    if (end > this.bytes.length) this.#resize(end);
    this.bytes.set(step.bytes, step.at);
  }

  #resize(length: number): void {
    const bytes = new Uint8Array(length);
    bytes.set(this.bytes.subarray(0, length));
    this.bytes = bytes;
  }
}
