import configuration from "../../deno.json" with { type: "json" };
import { markdownTable } from "./markdown_table.ts";

/** Every door of the library, with the first sentence of its module. */
export function doorsPart(): string {
  const rows = Object.entries(configuration.exports).map(([door, path]) => [
    `\`${configuration.name}${door.slice(1)}\``,
    firstSentenceOf(path),
  ]);
  return markdownTable([["door", "what is behind it"], ...rows]);
}

/** The first paragraph of a module's documentation. */
function firstSentenceOf(path: string): string {
  const source = Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
  const [, text] = /^\/\*\*\n((?: \* .+\n)+)/.exec(source) ?? [];
  if (text === undefined) throw new Error(`${path} has no documentation of its module`);
  return text.replace(/^ \* /gm, "").trim().replace(/\s+/g, " ");
}
