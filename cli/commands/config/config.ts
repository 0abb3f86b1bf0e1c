import { ConfigurationError, reasonOf } from "../../../lib/errors.ts";
import { writeWhole } from "../../../lib/files/write_whole.ts";
import { itemAt } from "../../../lib/item_at.ts";
import { toJson } from "../../../lib/text/json.ts";
import { defineCommand, type Outcome } from "../../command.ts";
import { commentedConfiguration } from "../../config/commented_configuration.ts";
import { documentJsonSchema } from "../../config/document.ts";
import { Settings, type Sources, USUAL_PATHS } from "../../config/settings.ts";
import { knownWord } from "../../options/known_word.ts";
import { flag } from "../../options/option.ts";
import { count } from "../../terminal/format.ts";
import { checkedRecorders } from "../run/checked_recorders.ts";
import { effectiveConfiguration, type EffectiveTable } from "./effective.ts";

const ACTIONS = ["show", "check", "init", "schema"] as const;

/** `ssdaq config`: shows, checks and writes the configuration. */
export const config = defineCommand({
  name: "config",
  summary: "show, check or write the configuration file",
  usage: "config show [TABLE] | check [FILE] | init [FILE] | schema [options]",
  maxOperands: 2,
  operandWords: ACTIONS,
  hasTable: false,
  readsConfiguration: false,
  options: {
    force: flag({ help: "init: replace a file that exists" }),
  },
  examples: [
    ["ssdaq config init", "write ssdaq.toml, with every key commented out"],
    ["ssdaq config check /etc/ssdaq/ssdaq.toml", "find errors, with their lines"],
    ["ssdaq config show daemon", "the daemon's settings, and where each comes from"],
    ["ssdaq config schema > ssdaq.schema.json", "for editors that complete and check TOML"],
  ],
  notes: "The value of an option comes from the command line; else from the environment\n" +
    "(SSDAQ_DAEMON_LISTEN is --listen of the daemon); else from the file; else it is the default.\n" +
    "The file is that of --config, else that of SSDAQ_CONFIG, else the first that exists of\n" +
    "./ssdaq.toml and /etc/ssdaq/ssdaq.toml.",
  // deno-lint-ignore require-await
  async run({ values, operands: [action, operand], sources }) {
    const name = knownWord("config", action, ACTIONS);
    if (name === "show") return show(sources, values.config, operand);
    if (name === "check") return check(sources, operand ?? values.config);
    if (name === "init") return init(sources, operand ?? itemAt(USUAL_PATHS, 0), values.force);
    if (operand !== undefined) {
      throw new ConfigurationError(`config schema: unexpected argument ${operand}; leave it out`);
    }
    const schema = documentJsonSchema(sources.sections);
    return { text: toJson(schema, 2), data: schema };
  },
});

function show(sources: Sources, named: string | undefined, table: string | undefined): Outcome {
  if (table !== undefined) {
    knownWord("config show", table, sources.sections.map(({ name }) => name));
  }
  const { file, tables } = effectiveConfiguration(sources, named);
  const shown = tables.filter(({ section }) => table === undefined || section.name === table);
  return {
    data: { file: file ?? null, tables: tablesData(shown) },
    text: [file === undefined ? "# no configuration file" : `# ${file}`, ...shown.map(tableText)]
      .join("\n\n"),
  };
}

function tablesData(tables: readonly EffectiveTable[]): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const { section: { name, many }, keys } of tables) {
    const entries = Object.fromEntries(
      Object.entries(keys).map(([key, { value, from }]) => [key, { value, from }]),
    );
    data[name] = many ? [...(data[name] as unknown[] ?? []), entries] : entries;
  }
  return data;
}

function tableText({ section: { name, many }, keys }: EffectiveTable): string {
  const rows = Object.entries(keys).flatMap(([key, { toml, from }]) =>
    toml === undefined ? [] : [{ left: `${key} = ${toml}`, from }]
  );
  const width = Math.max(0, ...rows.map(({ left }) => left.length));
  const lines = rows.map(({ left, from }) => `${left.padEnd(width)}  # ${from}`);
  return [many ? `[[${name}]]` : `[${name}]`, ...lines].join("\n");
}

function check(sources: Sources, named: string | undefined): Outcome {
  const { file, tables } = effectiveConfiguration(sources, named);
  if (file === undefined) {
    throw new ConfigurationError(
      `config check: neither ${USUAL_PATHS.join(" nor ")} exists; name a file, or write one with ` +
        "ssdaq config init",
    );
  }
  checkedRecorders(new Settings(sources, named), sources);
  const set = tables.map(({ keys }) =>
    Object.values(keys).filter(({ from }) => from.startsWith(`${file}:`)).length
  );
  const keys = set.reduce((sum, number) => sum + number, 0);
  const used = set.filter((number) => number > 0).length;
  return {
    data: { file, ok: true, keys, tables: used },
    text: `${file}: no errors; ${count(keys)} keys are set in ${count(used)} tables`,
  };
}

function init({ sections }: Sources, file: string, force: boolean): Outcome {
  if (!force && exists(file)) {
    throw new ConfigurationError(
      `config init: ${file} exists already; name another file, or give --force`,
    );
  }
  writeWhole("config init", file, commentedConfiguration(sections));
  return {
    data: { file },
    text: `${file}: written; remove the # where you want another value, then ssdaq config check`,
  };
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new ConfigurationError(`config init ${path}: ${reasonOf(error)}`);
  }
}
