import { Ajv } from "ajv";
import { COMMANDS } from "../../../cli/commands/commands.ts";
import { commentedConfiguration } from "../../../cli/config/commented_configuration.ts";
import { documentJsonSchema } from "../../../cli/config/document.ts";
import { refuseProblems } from "../../../cli/config/problems.ts";
import { sectionsOf } from "../../../cli/config/section.ts";
import { TomlFile } from "../../../cli/config/toml_file.ts";
import { kebab } from "../../../cli/options/split_arguments.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";

const sections = sectionsOf(COMMANDS);
const commented = commentedConfiguration(sections);

/** With every key set. */
const uncommented = commented.replace(/^#(?=[a-z[])/gm, "");

const validate = new Ajv({ strict: true, allowUnionTypes: true })
  .compile(documentJsonSchema(sections));

/** Whether editors and ssdaq take a file. */
function verdicts(content: string): [editor: boolean, ssdaq: boolean] {
  const file = new TomlFile("a.toml", content);
  const editor = validate(file.values);
  try {
    refuseProblems(file, sections);
    return [editor, true];
  } catch {
    return [editor, false];
  }
}

Deno.test("the commented configuration changes nothing, and names every key with its help", () => {
  assertEquals(verdicts(commented), [true, true]);
  for (const { name, options, summary } of sections) {
    assertStringIncludes(commented, `# ${summary}\n`);
    assertStringIncludes(commented, `[${name}]`);
    for (const [key, { help }] of Object.entries(options)) {
      assertStringIncludes(commented, `# ${help}\n#${kebab(key)} = `);
    }
  }
});

Deno.test("the commented configuration is right with every key set, and has the defaults", () => {
  refuseProblems(new TomlFile("a.toml", uncommented), sections);
  const { values } = new TomlFile("a.toml", uncommented);
  for (const { name, options, many } of sections) {
    const table = many ? (values[name] as unknown[])[0] : values[name];
    for (const [key, option] of Object.entries(options)) {
      const written = (table as Record<string, unknown>)[kebab(key)];
      const texts = Array.isArray(written) ? written.map(String) : [String(written)];
      const isFlag = option.placeholder === undefined;
      const value = isFlag ? written : option.read(key, texts);
      if (option.defaultText !== undefined) assertEquals(value, option.read(key, []));
      if (isFlag) assertEquals(value, false);
    }
  }
});

Deno.test("the JSON schema takes what ssdaq takes, and tells every key's help and default", () => {
  assert(validate(new TomlFile("a.toml", uncommented).values), JSON.stringify(validate.errors));
  const schema = JSON.stringify(documentJsonSchema(sections));
  for (const { options } of sections) {
    for (const { help } of Object.values(options)) {
      assertStringIncludes(schema, JSON.stringify(help));
    }
  }
  const { properties } = documentJsonSchema(sections) as unknown as {
    properties: {
      daemon: { properties: { window: { default: string } } };
      sim: { properties: { modules: { default: number } } };
    };
  };
  assertEquals(properties.daemon.properties.window.default, "10ms");
  assertEquals(properties.sim.properties.modules.default, 32);
});

for (
  const [what, content] of [
    ["an unknown table", "[demon]"],
    ["an unknown key", "[daemon]\nwidnow = '1ms'"],
    ["a duration without unit", "[daemon]\nwindow = 10"],
    ["a wrong unit", "[daemon]\nwindow = '10sec'"],
    ["a number out of range", "[sim]\nmodules = 33"],
    ["a number that is not whole", "[sim]\nmodules = 1.5"],
    ["a word that is none of its words", "[daemon]\nformat = 'Event'"],
    ["a text for a flag", "[record]\nsync = 'yes'"],
    ["a table for a list of tables", "[recorder]\nname = 'a'"],
    ["a size without unit", "[[recorder]]\nmax-size = 600"],
    ["a probability above 1", "[sim]\nloss = 1.5"],
  ] as const
) {
  Deno.test(`the JSON schema and ssdaq both refuse ${what}`, () => {
    assertEquals(verdicts(content), [false, false]);
  });
}

Deno.test("sectionsOf() leaves out what is not configured in a file", () => {
  const names = sections.map(({ name }) => name);
  for (const name of ["log", "sim", "daemon", "record", "recorder"]) assert(names.includes(name));
  for (const name of ["run", "config"]) assert(!names.includes(name), name);
  assertEquals(verdicts("[run]\nx = 1"), [false, false]);
});
