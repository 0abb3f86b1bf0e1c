import { fromJson, toJson } from "../../lib/text/json.ts";
import { listOf, objectOf, readShape, recordOf, text } from "../../lib/text/shape.ts";
import type { FileCoverage } from "./coverage_of_files.ts";

/** A line with a branch that no test takes, and why. */
export interface KnownMiss {
  /**
   * The text of the line, without spaces at its ends: so an entry stays right when lines move. A line
   * that says nothing, such as `}`, has the text of the line before it too; `} catch {` that of the
   * next one.
   */
  line: string;
  /** Why no test takes the branch. */
  reason: string;
}

/** By file. */
export type KnownMisses = Record<string, KnownMiss[]>;

/** A line with a branch that no test has taken, and that is not known. */
export interface NewMiss {
  file: string;
  lineNumber: number;
  line: string;
}

const KNOWN_MISSES = recordOf(listOf(objectOf<KnownMiss>({ line: text, reason: text })));

/** Reads the list. */
export function readKnownMisses(path: string): KnownMisses {
  return readShape(fromJson(Deno.readTextFileSync(path)), KNOWN_MISSES);
}

/** Writes the list; files and lines in order. */
export function writeKnownMisses(path: string, known: KnownMisses): void {
  const sorted = Object.entries(known).sort(([a], [b]) => a < b ? -1 : 1);
  Deno.writeTextFileSync(path, `${toJson(Object.fromEntries(sorted), 2)}\n`);
}

/**
 * The missed branches that are not known with a reason.
 *
 * @param textOf returns the content of a file
 */
export function newMisses(
  files: readonly FileCoverage[],
  known: KnownMisses,
  textOf: (file: string) => string,
): NewMiss[] {
  return missesIn(files, textOf).filter(({ file, line }) =>
    !(known[file] ?? []).some((entry) => entry.line === line && entry.reason !== "")
  );
}

/**
 * The list for these misses: known reasons stay, new ones get `reason`. Entries whose line is gone
 * are left out; entries of lines that were covered this time stay, as some need chance to be missed.
 */
export function updatedMisses(
  files: readonly FileCoverage[],
  known: KnownMisses,
  textOf: (file: string) => string,
  reason: string,
): KnownMisses {
  const updated: KnownMisses = {};
  for (const { file } of files) {
    const lines = textOf(file).split("\n");
    const keys = new Set(lines.map((_, index) => keyOf(lines, index)));
    const kept = (known[file] ?? []).filter(({ line }) => keys.has(line));
    if (kept.length > 0) updated[file] = kept;
  }
  for (const { file, line } of missesIn(files, textOf)) {
    const entries = updated[file] ??= [];
    if (!entries.some((entry) => entry.line === line)) entries.push({ line, reason });
  }
  return updated;
}

function missesIn(
  files: readonly FileCoverage[],
  textOf: (file: string) => string,
): NewMiss[] {
  return files.flatMap(({ file, missedAt }) => {
    if (missedAt.length === 0) return [];
    const lines = textOf(file).split("\n");
    return [...new Set(missedAt)].map((lineNumber) => (
      { file, lineNumber, line: keyOf(lines, lineNumber - 1) }
    ));
  });
}

function keyOf(lines: readonly string[], index: number): string {
  const trimmed = (at: number) => lines[at]?.trim() ?? "";
  const line = trimmed(index);
  if (/^\W*$/.test(line)) return `${trimmed(index - 1)} ${line}`;
  return /^\W*catch (?:\(\w+\) )?\{$/.test(line) ? `${line} ${trimmed(index + 1)}` : line;
}
