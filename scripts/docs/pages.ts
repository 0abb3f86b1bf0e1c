import { countersPart, equationsPart, summaryPart } from "./counters.ts";
import { doorsPart } from "./doors.ts";
import { figuresPart } from "./figures.ts";
import { optionsPart } from "./options.ts";

/** The functions that make the parts of a page, by their names. */
type Parts = Readonly<Record<string, () => string>>;

const PAGES: Readonly<Record<string, Parts>> = {
  "docs/configuration.md": { options: optionsPart },
  "docs/counters.md": {
    counters: countersPart,
    equations: equationsPart,
    summary: summaryPart,
  },
  "docs/library.md": { doors: doorsPart },
  "docs/testing.md": { figures: figuresPart },
};

/** The pages with generated parts. */
export const GENERATED_PAGES: readonly string[] = Object.keys(PAGES);

/**
 * Replaces the generated parts of a page; the other text stays.
 *
 * A part stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`.
 *
 * @param path one of {@linkcode GENERATED_PAGES}
 * @param text the present page
 * @throws {Error} when the page does not have the place of a part
 */
export async function updatedPage(path: string, text: string): Promise<string> {
  let updated = text;
  for (const [name, make] of Object.entries(PAGES[path] ?? {})) {
    const begin = `<!-- generated: ${name} -->`;
    const end = `<!-- end of ${name} -->`;
    const [from, to] = [updated.indexOf(begin), updated.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${path} has no place for the part ${name}`);
    updated = `${updated.slice(0, from + begin.length)}\n\n${make()}\n\n${updated.slice(to)}`;
  }
  return await formatted(updated);
}

/** Formats like `deno fmt`, so that the page passes the gate. */
async function formatted(markdown: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "--config", configurationPath(), "-"],
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const writer = process.stdin.getWriter();
  const written = writer.write(new TextEncoder().encode(markdown)).then(() => writer.close());
  const [{ success, stdout, stderr }] = await Promise.all([process.output(), written]);
  if (!success) throw new Error(`deno fmt: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

function configurationPath(): string {
  return new URL("../../deno.json", import.meta.url).pathname;
}
