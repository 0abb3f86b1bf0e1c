import { COMMANDS } from "../cli/commands/commands.ts";
import { parseOptions } from "../cli/config/parse_options.ts";
import { Settings } from "../cli/config/settings.ts";
import configuration from "../deno.json" with { type: "json" };
import { assert, assertEquals } from "./assert.ts";
import { allCaptured, captured } from "./captured.ts";

const read = (path: string) => Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
const compose = read("packaging/compose.yaml");
const dockerfile = read("packaging/Dockerfile");

/** The words of a list in brackets. */
function wordsIn(list: string): string[] {
  return list.split(",").map((word) => word.trim().replace(/^"(.*)"$/, "$1"));
}

Deno.test("what the compose file and the image run can be called", () => {
  const usual = captured(dockerfile, /^CMD \[(.*)\]$/m);
  const health = captured(compose, /test: \[CMD, ssdaq, (.*)\]/);
  const started = allCaptured(compose, /command: \[(.*)\]/g);
  assertEquals(started.map((words) => wordsIn(words)[0]), ["daemon", "record", "sim"]);
  for (const [name, ...args] of [usual, health, ...started].map(wordsIn)) {
    const command = COMMANDS.find((candidate) => candidate.name === name);
    assert(command !== undefined, name);
    parseOptions(command.name, command.options, command.maxOperands, args, Settings.none);
  }
});

Deno.test("the image has what deno task compile makes, and is not root's", () => {
  assert(dockerfile.includes("COPY --chmod=0755 dist/ssdaq "));
  assert(read("packaging/Dockerfile.dockerignore").includes("!dist/ssdaq"));
  assert(/^USER (?!root)\w+$/m.test(dockerfile));
});

Deno.test("the release checklist names tasks that exist", () => {
  const tasks = allCaptured(read("packaging/release.md"), /deno task ([\w-]+)/g);
  assert(tasks.length > 5);
  for (const task of tasks) assert(task in configuration.tasks, task);
});

Deno.test("the changelog has the version", () => {
  assert(read("CHANGELOG.md").includes(configuration.version));
});
