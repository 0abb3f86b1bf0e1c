import { dirname, join } from "node:path";
import type { Command } from "../cli/command.ts";
import { COMMANDS } from "../cli/commands/commands.ts";
import { config } from "../cli/commands/config/config.ts";
import { parseOptions } from "../cli/config/parse_options.ts";
import { sectionsOf } from "../cli/config/section.ts";
import { Settings } from "../cli/config/settings.ts";
import { GLOBAL_OPTIONS } from "../cli/options/global_options.ts";
import { kebab } from "../cli/options/split_arguments.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import configuration from "../deno.json" with { type: "json" };
import { COUNTERS, IDENTITIES } from "../lib/ledger/ledger.ts";
import { GENERATED_PAGES, updatedPage } from "../scripts/docs/pages.ts";
import { assert, assertEquals } from "./assert.ts";
import { allCaptured } from "./captured.ts";
import { inFolder } from "./lib/recording/fixtures.ts";
import { anchorsOf, blocksOf, codeSpansOf, linksOf, tablesOf } from "./papers/markdown.ts";
import { isThere, pageOf, PAGES, textOf, unknownQuotes } from "./papers/pages.ts";
import { shellWords } from "./papers/shell_words.ts";

const readme = pageOf("README.md").text;

const shellLinesOf = (text: string) =>
  blocksOf(text).filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.trim().split("\n"));

Deno.test("README opens with the demo and the tests, and has at most 120 lines", () => {
  assertEquals(shellLinesOf(readme).slice(0, 2), [
    "npx -y deno@2.9.6 task demo",
    "npx -y deno@2.9.6 task test",
  ]);
  const lines = readme.trimEnd().split("\n").length;
  assert(lines <= 120, `it has ${lines}`);
});

Deno.test("README has every command in a table, in their order", () => {
  const table = tablesOf(readme).find(({ head }) => head[0] === "command");
  assertEquals(
    table?.rows.map(([command]) => command),
    COMMANDS.map(({ name }) => `\`ssdaq ${name}\``),
  );
});

Deno.test("README leads to every page", () => {
  const led = linksOf(readme);
  const pages = PAGES.map(({ path }) => path)
    .filter((path) => path.startsWith("docs/") || !path.includes("/"))
    .filter((path) => path !== "README.md");
  assertEquals(pages.filter((path) => !led.includes(path)), []);
});

Deno.test("tasks that pages name exist", () => {
  let named = 0;
  for (const { path, text } of PAGES) {
    for (const task of allCaptured(text, /deno(?:@\S+)?\s+task\s+([a-z][\w-]*)/g)) {
      named++;
      assert(task in configuration.tasks, `${path}: there is no task ${task}`);
    }
  }
  assert(named >= 15);
});

Deno.test("commands of ssdaq that pages show can be called", () => {
  let called = 0;
  for (const { path, text } of PAGES) {
    for (const line of shellLinesOf(text)) {
      const [, written] = /^(?:sudo )?(?:\.\/|dist\/|deno task )?ssdaq (.*)$/.exec(line) ?? [];
      if (written === undefined || written === "--version") continue;
      called++;
      try {
        call(shellWords(written));
      } catch (error) {
        throw new Error(`${path}: ${line}`, { cause: error });
      }
    }
  }
  assert(called >= 50, `only ${called}`);
});

function call([name = "", ...args]: readonly string[]): void {
  const { options, maxOperands, operandWords } = commandOf(name);
  const { operands } = parseOptions(name, options, maxOperands, args, Settings.none);
  const [first] = operands;
  if (operandWords === undefined || first === undefined) return;
  assert(operandWords.includes(first), `${name} ${first}`);
}

function commandOf(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  assert(command !== undefined, `there is no command ${name}`);
  return command;
}

Deno.test("commands and options that pages name exist", () => {
  const optionsOf = (commands: readonly Command[]) =>
    [GLOBAL_OPTIONS, ...commands.map(({ options }) => options)]
      .flatMap((options) => Object.entries(options))
      .flatMap(([name, { short }]) => [`--${kebab(name)}`, ...short ? [`-${short}`] : []]);
  const all = new Set([...optionsOf(COMMANDS), ...optionsOfScripts()]);
  let named = 0;
  for (const { path, text } of PAGES) {
    for (const code of codeSpansOf(text)) {
      const [, name] = /^(?:sudo )?(?:\.\/)?ssdaq ([a-z][\w-]*)/.exec(code) ?? [];
      const known = name === undefined ? all : new Set(optionsOf([commandOf(name)]));
      if (name === undefined && !code.startsWith("--")) continue;
      for (const word of shellWords(code).filter((word) => /^--?[a-z]/.test(word))) {
        named++;
        const option = word.replace(/=.*/, "");
        assert(known.has(option), `${path}: \`${code}\`: there is no ${option}`);
      }
    }
  }
  assert(named >= 100, `only ${named}`);
});

/** Options of the tasks, which are not commands. */
function optionsOfScripts(): string[] {
  return Array.from(Deno.readDirSync(new URL("../scripts", import.meta.url)), ({ name }) => name)
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => textOf(`scripts/${name}`).match(/--[a-z][a-z-]+/g) ?? []);
}

Deno.test("files, folders and tests that pages name exist", () => {
  let named = 0;
  for (const { path, text } of PAGES) {
    for (const code of codeSpansOf(text).filter((code) => !code.includes("NAME"))) {
      if (
        !/^(?:tests|scripts|lib|sim|cli|packaging|docs|examples|\.ci|\.github)\/[\w/.-]*$/.test(
          code,
        )
      ) {
        continue;
      }
      named++;
      assert(isThere(code), `${path}: there is no ${code}`);
    }
  }
  assert(named > 15, `only ${named}`);
});

Deno.test("tables are whole: as many cells in each row as in the head, and marks of code in pairs", () => {
  for (const { path, text } of PAGES) {
    for (const { head, rows } of tablesOf(text)) {
      for (const row of rows) {
        assertEquals(row.length, head.length, `${path}: ${row.join(" | ")}`);
        const odd = row.filter((cell) => cell.split("`").length % 2 === 0);
        assertEquals(odd, [], path);
      }
    }
  }
});

Deno.test("links between pages lead somewhere", () => {
  let followed = 0;
  for (const { path, text } of PAGES) {
    for (const link of linksOf(text)) {
      if (/^https?:/.test(link)) continue;
      followed++;
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      assert(isThere(target), `${path}: ${link}: there is no ${target}`);
      if (anchor === undefined) continue;
      assert(anchorsOf(textOf(target)).has(anchor), `${path}: ${link}: there is no such heading`);
    }
  }
  assert(followed >= 80, `only ${followed}`);
});

Deno.test("the page of the counters has each of them, in the words of the ledger", () => {
  const [, counters] = tablesOf(pageOf("docs/counters.md").text)
    .filter(({ head }) => head[0] === "section");
  assertEquals(
    counters?.rows,
    Object.entries(COUNTERS).flatMap(([section, counters]) =>
      Object.entries(counters).map(([counter, words]) => [section, `\`${counter}\``, words])
    ),
  );
  const text = pageOf("docs/counters.md").text.replace(/ +/g, " ");
  for (const { text: equation } of IDENTITIES) {
    assert(text.includes(`| ${equation.replace(": ", " | ")} |`), equation);
  }
});

Deno.test("the page of the counters tells what to do about each that should stay 0", () => {
  const told = tablesOf(pageOf("docs/counters.md").text).at(-1)?.rows.map(([cell]) => cell).join();
  const losses = [
    ...["packets.kernelDropped", "packets.unread", "packets.malformed", "packets.unknownSource"],
    ...["readouts.late", "readouts.duplicate", "events.partial", "events.evicted"],
    ...["events.unsent", "events.undelivered", "events.paused"],
    ...["recorder.missed", "recorder.unstored"],
  ];
  for (const loss of losses) {
    const [section = "", counter = ""] = loss.split(".");
    assert(counter in ((COUNTERS as Record<string, object>)[section] ?? {}), loss);
    assert(told?.includes(`\`${loss}\``), loss);
  }
});

Deno.test("each variable that the page of the configuration names is read", () => {
  const { text } = pageOf("docs/configuration.md");
  let read = 0;
  for (const { name, options, maxOperands } of COMMANDS) {
    const [, part = ""] = text.split(`\n### ${name}\n`);
    const [table] = tablesOf(part.split("\n### ")[0] ?? "");
    for (const [option = "", , variable = ""] of table?.rows ?? []) {
      const [written] = codeSpansOf(variable);
      if (written === undefined) continue;
      read++;
      const sources = { sections: sectionsOf(COMMANDS), usualPaths: [] };
      const settings = new Settings({ ...sources, environment: { [written]: "~" } });
      try {
        const { values } = parseOptions(name, options, maxOperands, [], () => settings);
        assert(Object.values(values).flat().includes("~"), `${name}: ${option}: ${written}`);
      } catch (error) {
        // No value of its kind, or of a list of them.
        assert(`${error}`.includes(`${written} ~`), `${name}: ${option}: ${error}`);
      }
    }
  }
  assert(read >= 90, `only ${read}`);
});

for (const path of GENERATED_PAGES) {
  Deno.test(`${path} is as the sources have it`, async () => {
    const { text } = pageOf(path);
    assert(await updatedPage(path, text) === text, `${path} is out of date: run deno task docs`);
  });
}

Deno.test("configuration files that pages show are right", () =>
  inFolder(async (folder) => {
    const sections = sectionsOf(COMMANDS);
    let checked = 0;
    await using terminal = new Terminal();
    for (const { path, text } of PAGES) {
      for (const { text: toml } of blocksOf(text).filter(({ language }) => language === "toml")) {
        const file = `${folder}/${++checked}.toml`;
        Deno.writeTextFileSync(file, toml);
        const { values } = parseOptions("config", config.options, 2, [], Settings.none);
        const outcome = await config.run({
          ...{ values, operands: ["check", file], terminal, commands: COMMANDS },
          sources: { sections, environment: {}, usualPaths: [] },
          signal: new AbortController().signal,
          hurry: () => new AbortController().signal,
        });
        assert(/no errors; [1-9]/.test(outcome.text), `${path}: ${outcome.text}`);
      }
    }
    assert(checked >= 2, `only ${checked}`);
  }));

Deno.test("messages that pages quote are in the sources", () => {
  let quoted = 0;
  const unknown: string[] = [];
  for (const { path, text } of PAGES) {
    for (const { head: [first = ""], rows } of tablesOf(text)) {
      if (first !== "message" && first !== "symptom") continue;
      for (const [cell = ""] of rows.filter(([cell]) => !cell?.startsWith("h5py:"))) {
        if (first === "message") assert(/"[^"]{6,}"/.test(cell), `${path}: ${cell}: no message`);
        quoted++;
        unknown.push(...unknownQuotes(cell).map((quote) => `${path}: ${quote}`));
      }
    }
  }
  assertEquals(unknown, []);
  assert(quoted >= 80, `only ${quoted}`);
});

Deno.test("the alerts have what to do about each", () => {
  const rules = allCaptured(textOf("packaging/prometheus/alerts.yml"), /- alert: (\w+)/g)
    .map((name) => `\`${name}\``);
  const told = tablesOf(pageOf("docs/operating.md").text).find(({ head }) => head[0] === "alert");
  assertEquals(told?.rows.map(([name]) => name), rules);
});

Deno.test("the changelog has a version and its day above each group of changes", () => {
  const headings = [...pageOf("CHANGELOG.md").text.matchAll(/^(##+) (.*)$/gm)]
    .map(([, level, words = ""]) => ({ level, words }));
  const versions = headings.filter(({ level }) => level === "##").map(({ words }) => words);
  assertEquals(versions[0], "Unreleased");
  for (const version of versions.slice(1)) {
    assert(/^\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}$/.test(version), version);
  }
  const groups = headings.filter(({ level }) => level === "###").map(({ words }) => words);
  const known = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
  assertEquals(groups.filter((group) => !known.includes(group)), []);
  assert(groups.length > 0);
});

Deno.test("examples in TypeScript are run with the tests", () => {
  const { command } = configuration.tasks.test;
  const run = command.split(" && ")[0]?.split(" ") ?? [];
  assert(run.includes("--doc"));
  for (const { path, text } of PAGES) {
    if (!blocksOf(text).some(({ language }) => language === "ts")) continue;
    assert(run.includes(path) || run.includes(dirname(path)), `${path} is not in the task test`);
  }
});

Deno.test("the workflow calls the check of a clean clone, and nothing else", () => {
  const runs = allCaptured(textOf(".github/workflows/ci.yml"), /^\s*(?:- )?run: (.*)$/gm);
  assertEquals(runs, ["bash .ci/run"]);
  assert(isThere(".ci/run"));
});
