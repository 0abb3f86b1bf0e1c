import { OperationError } from "../../lib/errors.ts";
import { findShipped } from "../compile/staging.ts";
import type { Component } from "./component.ts";
import { packageComponent } from "./packages.ts";
import { compiledParts } from "./parts.ts";
import { RUNTIME } from "./runtime.ts";

const HEAD = `# Software of others in ssdaq

<!-- deno task third-party makes this file. -->

The executable \`ssdaq\` contains its own program, which is under LICENSE, and the software below.
\`ssdaq --licenses\` prints this page. The addresses lead to the source code. This includes the
software under the Mozilla Public License (MPL-2.0), which ssdaq uses unchanged.`;

const RUNTIME_HEAD = `## Deno

Deno runs the program inside the executable. \`ssdaq --version\` prints its version. These are its
largest parts. The file Cargo.lock in Deno's source lists all parts. Their licences are MIT,
Apache-2.0, BSD, ISC, Zlib, Unicode and MPL-2.0.`;

/**
 * The text of \`THIRD_PARTY.md\`: all software of others in the executable, with its licences.
 *
 * @throws {OperationError} when a licence is not known
 */
export async function thirdPartyPage(root: string): Promise<string> {
  const { packages } = await findShipped(root);
  packages.sort((a, b) => compare(a.name, b.name));
  const used = packages.map(packageComponent);
  const compiled = packages.map((found) => ({ within: found.name, parts: compiledParts(found) }))
    .filter(({ parts }) => parts.length > 0);
  const all = [...used, ...compiled.flatMap(({ parts }) => parts), ...RUNTIME];
  return await formatted([
    HEAD,
    "## Packages of npm",
    table(used),
    ...compiled.flatMap(({ within, parts }) => [`## Compiled into ${within}`, table(parts)]),
    RUNTIME_HEAD,
    table(RUNTIME),
    "## Licences",
    ...licences(all),
  ].join("\n\n"));
}

function table(components: readonly Component[]): string {
  return [
    "| name | version | licence | source |",
    "| ---- | ------- | ------- | ------ |",
    ...components.toSorted((a, b) => compare(idOf(a), idOf(b))).map((
      { name, version = "", licence, source },
    ) => `| ${name} | ${version} | ${licence} | ${source} |`),
  ].join("\n");
}

/** The components under one text. */
interface Licensed {
  title: string;
  names: string[];
  /** The components of each notice. */
  holders: Map<string, string[]>;
}

/** Each text once, with its components. */
function licences(components: readonly Component[]): string[] {
  const texts = new Map<string, Licensed>();
  for (const component of components) {
    const id = idOf(component);
    for (const { title = `Licence of ${id}`, text, notice } of component.terms) {
      const licensed: Licensed = texts.get(text) ?? { title, names: [], holders: new Map() };
      texts.set(text, licensed);
      licensed.names.push(id);
      if (notice === "") continue;
      licensed.holders.set(notice, [...licensed.holders.get(notice) ?? [], id]);
    }
  }
  return [...texts].flatMap(([text, { title, names, holders }]) => {
    const notices = [...holders].map(([notice, names]) => `${list(names)}:\n${notice}`);
    return [
      `### ${title}`,
      `For ${list(names)}.`,
      ...(notices.length === 0 ? [] : [fenced(notices.toSorted(compare).join("\n\n"))]),
      fenced(text),
    ];
  });
}

const list = (names: readonly string[]) => names.toSorted(compare).join(", ");

function fenced(text: string): string {
  return ["```text", text, "```"].join("\n");
}

const idOf = ({ name, version }: Component) => version === undefined ? name : `${name} ${version}`;

/** The same order on every machine. */
const compare = (a: string, b: string) => a.localeCompare(b, "en") || (a < b ? -1 : a > b ? 1 : 0);

/** Formats Markdown for the gate. */
async function formatted(markdown: string): Promise<string> {
  const formatter = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "--line-width", "100", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = formatter.stdin.getWriter();
  const writing = writer.write(new TextEncoder().encode(markdown)).then(() => writer.close());
  const [{ success, stdout, stderr }] = await Promise.all([formatter.output(), writing]);
  const decoder = new TextDecoder();
  if (!success) throw new OperationError(`deno fmt failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
