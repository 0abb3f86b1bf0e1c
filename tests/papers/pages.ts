import { allCaptured } from "../captured.ts";
import { messageTexts } from "./sources.ts";

/** A page of the project. */
export interface Page {
  /** From the root of the project, such as `docs/operating.md`. */
  path: string;
  text: string;
}

const ROOT = new URL("../../", import.meta.url);

/** Folders whose pages are looked at, beside those at the root. */
const FOLDERS = ["docs", "packaging", "examples"];

/** Every page, README first. */
export const PAGES: readonly Page[] = ["", ...FOLDERS].flatMap(pagesIn)
  .sort((a, b) => Number(b.path === "README.md") - Number(a.path === "README.md"));

/** A page by its path. */
export function pageOf(path: string): Page {
  const page = PAGES.find((candidate) => candidate.path === path);
  if (page === undefined) throw new Error(`there is no page ${path}`);
  return page;
}

/** Whether there is a file or folder, its path being from the root. */
export function isThere(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The text of a file, its path being from the root. */
export function textOf(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/**
 * What is told in quotes and is in no message of the sources; `…` stands for whatever a program puts
 * there.
 */
export function unknownQuotes(text: string): string[] {
  const sources = messageTexts();
  return allCaptured(text, /"([^"]+)"/g)
    .filter((quote) => !quote.split("…").every((piece) => sources.includes(piece.trim())));
}

function pagesIn(folder: string): Page[] {
  if (folder !== "" && !isThere(folder)) return [];
  return Array.from(Deno.readDirSync(new URL(`./${folder}`, ROOT)), ({ name, isDirectory }) => {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory) return folder === "" ? [] : pagesIn(path);
    return name.endsWith(".md") ? [{ path, text: textOf(path) }] : [];
  }).flat().sort((a, b) => a.path < b.path ? -1 : 1);
}
