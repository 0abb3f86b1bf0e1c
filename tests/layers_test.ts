import { dirname, join } from "node:path/posix";
import { assertEquals } from "./assert.ts";
import { allCaptured } from "./captured.ts";
import { readSource, sourceFilesIn } from "./source_files.ts";

function importsOf(file: string): string[] {
  return allCaptured(readSource(file), /(?:\bfrom|\bimport)[\s(]*"(\.[^"]+\.ts)"/g)
    .map((path) => join(dirname(file), path));
}

/** Whether a file is in a room: a folder, a file, or what a `*` stands for. */
function isIn(file: string, room: string): boolean {
  if (room.endsWith("/*.ts")) return dirname(file) === dirname(room);
  if (room.endsWith("/*")) return dirname(file).startsWith(room.slice(0, -1));
  return file === room || file.startsWith(`${room}/`);
}

/** The rooms of ARCHITECTURE.md, with what they may import. */
const rules = new Map(
  [...readSource("ARCHITECTURE.md").matchAll(/^\| `((?:lib|sim|cli)\S*)` +\|[^|]+\|([^|]+)\|$/gm)]
    .map(([, room = "", names = ""]) => [room, names.match(/(?<=`)[\w./*]+(?=`)/g) ?? []]),
);
const files = ["lib", "sim", "cli"].flatMap(sourceFilesIn)
  .filter((path) => !path.endsWith("/mod.ts"));

/** The line of a file, and the one for all of its kind. */
function linesOf(file: string): string[] {
  const own =
    [...rules.keys()].filter((room) => isIn(file, room)).sort((a, b) => b.length - a.length)[0];
  return own === undefined ? [] : [own, `${dirname(own)}/*`].filter((room) => rules.has(room));
}

Deno.test("each room imports what ARCHITECTURE.md says, and the table names nothing else", () => {
  const used = new Set<string>();
  const faults = files.flatMap((file) => {
    const lines = linesOf(file);
    const allowed = lines.flatMap((room) =>
      rules.get(room)?.map((name) => ({ name, at: `${room}: ${name}` })) ?? []
    );
    return importsOf(file).filter((target) => {
      const isSameRoom = linesOf(target)[0] === lines[0] &&
        (lines[0]?.endsWith("*") !== true || dirname(target) === dirname(file));
      if (isSameRoom || isIn(target, "lib/*.ts")) return false;
      const rule = allowed.find(({ name }) => isIn(target, name));
      if (rule !== undefined) used.add(rule.at);
      return rule === undefined;
    }).map((target) => `${file} imports ${target}`);
  });
  const named = [...rules].flatMap(([room, names]) => names.map((name) => `${room}: ${name}`));
  assertEquals({ faults, unused: named.filter((at) => !used.has(at)) }, { faults: [], unused: [] });
});

Deno.test("each room stands below all that it imports, and each file is in a room", () => {
  const order = [...rules.keys()];
  const faults = [...rules].flatMap(([room, names]) =>
    order.slice(order.indexOf(room)).filter((below) =>
      names.some((name) => below === name || isIn(join(below, "_.ts"), name))
    ).map((below) => `${room} stands above ${below}`)
  );
  assertEquals([...faults, ...files.filter((file) => linesOf(file).length === 0)], []);
});

Deno.test("no files import each other in a circle", () => {
  const done = new Set<string>();
  function visit(file: string, path: readonly string[]): string[] {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(" -> ")];
    if (done.has(file)) return [];
    const circles = importsOf(file).flatMap((target) => visit(target, [...path, file]));
    done.add(file);
    return circles;
  }
  assertEquals(files.flatMap((file) => visit(file, [])), []);
});
