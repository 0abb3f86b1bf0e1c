/** What the tests of the pages read in Markdown: blocks, code spans, tables, links and headings. */

import { allCaptured } from "../captured.ts";

/** A block of code, ```` ```sh ````. */
export interface Block {
  language: string;
  text: string;
}

/** A table: its head, and its rows, cell by cell. */
export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** In a list, a block is indented. */
const FENCE = /^( *)```(\w*)\n(.*?)^ *```$/gms;

/** The blocks of code, in order. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(FENCE)]
    .map(([, indent = "", language = "", text = ""]) => ({
      language,
      text: text.split("\n").map((line) => line.replace(indent, "")).join("\n"),
    }));
}

/** The same without its blocks of code. */
export function proseOf(markdown: string): string {
  return markdown.replace(FENCE, "");
}

/** What stands in backticks in a text; a span may go on in the next line. */
export function codeSpansOf(markdown: string): string[] {
  return allCaptured(proseOf(markdown), /`([^`]+)`/g)
    .map((code) => code.replace(/\s+/g, " ").trim());
}

/** The tables of a text, in order. */
export function tablesOf(markdown: string): Table[] {
  return [...proseOf(markdown).matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([lines]) => {
    const [head = [], , ...rows] = lines.trim().split("\n").map(cellsOf);
    return { head, rows };
  });
}

function cellsOf(line: string): string[] {
  return line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** Where links and pictures lead to, as it is written. */
export function linksOf(markdown: string): string[] {
  const prose = proseOf(markdown).replace(/`[^`]*`/g, "");
  return allCaptured(prose, /\]\(([^)\s]+)\)/g);
}

/** The names by which headings can be linked to, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const heading of allCaptured(proseOf(markdown), /^#+ (.*)$/gm)) {
    const anchor = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    let unique = anchor;
    for (let copy = 1; anchors.has(unique); copy++) unique = `${anchor}-${copy}`;
    anchors.add(unique);
  }
  return anchors;
}
