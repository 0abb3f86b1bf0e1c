import { COMMANDS } from "../cli/commands/commands.ts";
import { Settings } from "../cli/config/settings.ts";
import { parseOptions } from "../cli/config/parse_options.ts";
import configuration from "../deno.json" with { type: "json" };
import { COUNTERS } from "../lib/ledger/ledger.ts";
import { assert, assertEquals } from "./assert.ts";

const readme = Deno.readTextFileSync(new URL("../README.md", import.meta.url));

/** The lines of all shell blocks, in order. */
const shellLines = [...readme.matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block]) => block.trim().split("\n"));

Deno.test("README opens with the demo and the tests, as tasks that exist", () => {
  assertEquals(shellLines.slice(0, 2), [
    "npx -y deno@2.9.6 task demo",
    "npx -y deno@2.9.6 task test",
  ]);
  const named = [...readme.matchAll(/deno(?:@\S+)? task ([\w-]+)/g)].map(([, task]) => task);
  for (const task of named) assert(task in configuration.tasks, `there is no task ${task}`);
});

Deno.test("README's ssdaq commands can be called", () => {
  const lines = shellLines.filter((line) => line.startsWith("ssdaq "));
  assert(lines.length >= 8);
  for (const line of lines) {
    const words = line.split(" ").map((word) => word.replace(/^'(.*)'$/, "$1"));
    const [, name, ...args] = words;
    const command = COMMANDS.find((candidate) => candidate.name === name);
    assert(command !== undefined, `${line}: no such command`);
    parseOptions(name, command.options, command.maxOperands, args, Settings.none);
  }
});

Deno.test("README has every command and every counter, in the words of the ledger", () => {
  for (const { name } of COMMANDS) assert(readme.includes(`\`ssdaq ${name}\``), name);
  const rows = readme.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const told = rows.filter(([, section, counter]) =>
    section in COUNTERS && counter?.startsWith("`")
  ).map(([, section, counter, words]) => [section, counter.slice(1, -1), words]);
  const defined = Object.entries(COUNTERS).flatMap(([section, counters]) =>
    Object.entries(counters).map(([counter, words]) => [section, counter, words])
  );
  assertEquals(told, defined);
});

Deno.test("README names tests and folders that exist", () => {
  const paths = [...readme.matchAll(/`((?:tests|scripts|lib|sim|cli)\/[\w/.]*)`/g)];
  assert(paths.length > 15);
  for (const [, path] of paths) Deno.statSync(new URL(`../${path}`, import.meta.url));
});
