import { parseOptions } from "../../../cli/config/parse_options.ts";
import { LOG_SECTION, type Section } from "../../../cli/config/section.ts";
import { Settings, type Sources } from "../../../cli/config/settings.ts";
import { flag, optional, optionsOf, several, withDefault } from "../../../cli/options/option.ts";
import { duration, integer, text } from "../../../cli/options/value.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { inFolder } from "../../lib/recording/fixtures.ts";
import { fc } from "../../property.ts";

const OPTIONS = {
  waitTime: withDefault(duration, "2s", { help: "time" }),
  place: several(text, "here", { help: "places" }),
  count: withDefault(integer(0, 9), "1", { help: "count" }),
  name: optional(text, { help: "name" }),
  loud: flag({ help: "loud" }),
};

const TALK: Section = { name: "talk", summary: "talks", options: OPTIONS };
const SHOUT: Section = { name: "shout", summary: "shouts", options: OPTIONS };

interface Given {
  flags?: string[];
  environment?: Record<string, string>;
  file?: string | undefined;
  usualPaths?: string[];
}

/** The values of a command below which there is all that. */
function parse({ flags = [], environment = {}, file, usualPaths = [] }: Given) {
  const path = Deno.makeTempFileSync({ suffix: ".toml" });
  try {
    if (file !== undefined) Deno.writeTextFileSync(path, file);
    const named = file === undefined ? [] : ["--config", path];
    const sections = [LOG_SECTION, TALK, SHOUT];
    const sources: Sources = { sections, environment, usualPaths };
    return parseOptions(
      "talk",
      OPTIONS,
      0,
      [...named, ...flags],
      (path) => new Settings(sources, path),
    )
      .values;
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test("a file gives a command the options in its table, and no other's", () => {
  const file = `
    [talk]
    wait-time = "10ms"
    place = ["a", "b"]
    loud = true
    [shout]
    count = 5
    [log]
    format = "json"
  `;
  const { waitTime, place, count, loud, logFormat } = parse({ file });
  assertEquals([waitTime, place, count, loud, logFormat], [10, ["a", "b"], 1, true, "json"]);
});

Deno.test("a flag goes before the environment, that before the file, that before the default", () => {
  const layers = fc.record({
    flag: fc.option(fc.nat(9)),
    variable: fc.option(fc.nat(9)),
    file: fc.option(fc.nat(9)),
  });
  fc.assert(fc.property(layers, ({ flag, variable, file }) => {
    const { count } = parse({
      flags: flag === null ? [] : ["--count", `${flag}`],
      environment: variable === null ? {} : { SSDAQ_TALK_COUNT: `${variable}` },
      file: file === null ? undefined : `[talk]\ncount = ${file}`,
    });
    assertEquals(count, flag ?? variable ?? file ?? 1);
  }));
});

Deno.test("a flag that is off in the environment or a file is off, whatever is below", () => {
  const file = "[talk]\nloud = true";
  assertEquals(parse({ file }).loud, true);
  assertEquals(parse({ file, environment: { SSDAQ_TALK_LOUD: "false" } }).loud, false);
  assertEquals(parse({ file: "[talk]\nloud = false" }).loud, false);
  assertEquals(parse({ environment: { SSDAQ_TALK_LOUD: "1" } }).loud, true);
});

Deno.test("in the environment several values are separated by blanks, and an empty one is none", () => {
  const environment = { SSDAQ_TALK_PLACE: " a  b ", SSDAQ_TALK_NAME: "a b", SSDAQ_TALK_COUNT: "" };
  const { place, name, count } = parse({ environment });
  assertEquals([place, name, count], [["a", "b"], "a b", 1]);
});

Deno.test("a wrong or mistyped variable is named", () => {
  const refuses = (environment: Record<string, string>, message: string) =>
    assertThrows(() => parse({ environment }), ConfigurationError, message);
  refuses({ SSDAQ_TALK_COUNT: "10" }, "SSDAQ_TALK_COUNT 10: give a whole number from 0 to 9");
  refuses({ SSDAQ_TALK_LOUD: "loud" }, "SSDAQ_TALK_LOUD loud: give true or false");
  refuses(
    { SSDAQ_TALK_CUONT: "1" },
    "SSDAQ_TALK_CUONT is not a key of the configuration; did you mean SSDAQ_TALK_COUNT?",
  );
  // Other programs have variables too.
  assertEquals(parse({ environment: { SSDAQ_HOME: "/x", TALK_COUNT: "10" } }).count, 1);
});

Deno.test("the first of the usual files is read, unless one is named or none is wanted", () =>
  inFolder((folder) => {
    const [a, b, c] = [`${folder}/a.toml`, `${folder}/b.toml`, `${folder}/c.toml`];
    Deno.writeTextFileSync(b, "[talk]\ncount = 2");
    Deno.writeTextFileSync(c, "[talk]\ncount = 3");
    const usualPaths = [a, b, c];
    assertEquals(parse({ usualPaths }).count, 2);
    assertEquals(parse({ usualPaths, environment: { SSDAQ_CONFIG: c } }).count, 3);
    assertEquals(parse({ usualPaths, flags: ["--config", c] }).count, 3);
    assertEquals(parse({ usualPaths, flags: ["--config", "off"] }).count, 1);
    assertEquals(parse({ usualPaths: [a] }).count, 1);
    assertThrows(() => parse({ usualPaths, flags: ["--config", a] }), ConfigurationError, a);
    return Promise.resolve();
  }));

Deno.test("an option of another command has what is set for that command", () => {
  const options = { ...optionsOf("talk", { count: OPTIONS.count }), name: OPTIONS.name };
  const environment = { SSDAQ_TALK_COUNT: "7", SSDAQ_LOOK_NAME: "x" };
  const look: Section = { name: "look", summary: "looks", options: { name: OPTIONS.name } };
  const sources: Sources = { sections: [TALK, look], environment, usualPaths: [] };
  const read = (...args: string[]) =>
    parseOptions("look", options, 0, args, (path) => new Settings(sources, path)).values;
  assertEquals([read().count, read().name], [7, "x"]);
  assertEquals(read("--count", "3").count, 3);
});
