import { refuseProblems } from "../../../cli/config/problems.ts";
import { LOG_SECTION, type Section } from "../../../cli/config/section.ts";
import { TomlFile } from "../../../cli/config/toml_file.ts";
import { flag, list, optional, several, withDefault } from "../../../cli/options/option.ts";
import { duration, integer, text, value } from "../../../cli/options/value.ts";
import { ConfigurationError, ValueError } from "../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { inFolder } from "../../lib/recording/fixtures.ts";

const pair = value((key, written) => {
  if (/^\w+=\d$/.test(written)) return written;
  throw new ValueError(key, written, "give NAME=DIGIT");
}, "`NAME=DIGIT`");

const TALK: Section = {
  name: "talk",
  summary: "talks",
  options: {
    waitTime: withDefault(duration, "2s", { help: "time" }),
    place: several(text, "here", { help: "places" }),
    count: withDefault(integer(0, 9), "1", { help: "count" }),
    loud: flag({ help: "loud" }),
    map: list(pair, { help: "map", pairs: true }),
  },
};

const EARS: Section = {
  name: "ear",
  summary: "hears",
  many: true,
  options: { name: optional(text, { help: "name" }), wait: optional(duration, { help: "time" }) },
};

const SECTIONS = [LOG_SECTION, TALK, EARS];

function problemsOf(content: string): string[] {
  try {
    refuseProblems(new TomlFile("a.toml", content), SECTIONS);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message.split("\n");
  }
}

Deno.test("a configuration that is right has no problems", () => {
  assertEquals(
    problemsOf(`
      [talk]
      wait-time = "10ms"
      place = "a"
      count = 3
      loud = true
      map = { left = 1, right = "2" }
      [[ear]]
      name = "left"
      [[ear]]
      wait = "1s"
    `),
    [],
  );
  assertEquals(problemsOf('[talk]\nplace = ["a", "b"]\nmap = ["left=1"]\ncount = "3"'), []);
  assertEquals(problemsOf("talk.loud = false"), []);
  assertEquals(problemsOf(""), []);
});

for (
  const [what, content, ...told] of [
    [
      "a mistyped key",
      "[talk]\nwait-tme = '1s'",
      "a.toml:2:1: there is no key wait-tme in [talk]; did you mean wait-time?",
    ],
    [
      "a key that is like none",
      "[log]\n  colour = 'red'",
      "a.toml:2:3: there is no key colour in [log]; there is file, format, level",
    ],
    [
      "a mistyped table",
      "[tlak]\nx = 1",
      "a.toml:1:2: there is no table [tlak]; did you mean talk?",
    ],
    [
      "a key outside its table",
      "\ncount = 1",
      "a.toml:2:1: count stands alone; put it below its table: [talk]",
    ],
    [
      "a key in a dotted table",
      "talk.cuont = 1",
      "a.toml:1:1: there is no key cuont in [talk]; did you mean count?",
    ],
    [
      "a wrong unit",
      "[talk]\nwait-time = '10sec'",
      "a.toml:2:13: wait-time 10sec: not a duration above 0; give a number and a unit of " +
      "ns, us, ms, s, m, h, d, such as 10ms or 2s",
    ],
    [
      "a missing unit",
      "[talk]\nwait-time = 10",
      "a.toml:2:13: wait-time 10: not a duration above 0; give a number and a unit of " +
      "ns, us, ms, s, m, h, d, such as 10ms or 2s",
    ],
    [
      "a number out of range",
      "[talk]\ncount = 10",
      "a.toml:2:9: count 10: give a whole number from 0 to 9",
    ],
    [
      "one wrong value of several",
      '[talk]\nplace = ["a",\n  ""]',
      "a.toml:3:3: place : needs a value",
    ],
    [
      "no value of several",
      "[talk]\nplace = []",
      "a.toml:2:9: place []: give at least one, or leave the key out",
    ],
    [
      "a text where a flag is",
      "[talk]\nloud = 'yes'",
      "a.toml:2:8: loud yes: give true or false, without quotes",
    ],
    [
      "a flag where a text is",
      "[talk]\ncount = true",
      "a.toml:2:9: count true: give a text or a number",
    ],
    [
      "a wrong value in a table of pairs",
      "[talk.map]\nleft = 10",
      "a.toml:2:8: map.left 10: give NAME=DIGIT",
    ],
    [
      "a table written once that may be there several times",
      "[ear]\nname = 'a'",
      "a.toml:1:2: ear is a table; write [[ear]], once for each",
    ],
    [
      "a table written several times that may be there once",
      "[[talk]]\ncount = 1",
      "a.toml:1:3: talk is a table; write [talk]",
    ],
    [
      "a wrong value in the second of several tables",
      "[[ear]]\n[[ear]]\nwait = 'x'",
      "a.toml:3:8: wait x: not a duration above 0; give a number and a unit of " +
      "ns, us, ms, s, m, h, d, such as 10ms or 2s",
    ],
    [
      "every problem at once, in the order of their lines",
      "[talk]\ncount = 10\nx = 1\n[log]\nformat = 'xml'\nfile = 3.5",
      "a.toml:2:9: count 10: give a whole number from 0 to 9",
      "a.toml:3:1: there is no key x in [talk]; there is wait-time, place, count, loud, map",
      "a.toml:5:10: format xml: give one of text, json",
    ],
  ] as const
) {
  Deno.test(`${what} is told with line and column`, () => {
    assertEquals(problemsOf(content), told);
  });
}

Deno.test("what is no TOML is told with line and column", () => {
  for (
    const [content, place] of [
      ["[talk", "a.toml:1:"],
      ["[talk]\ncount = ", "a.toml:2:"],
      ["[talk]\ncount = 1\ncount = 2", "a.toml:3:1: not valid TOML: "],
      ["[talk]\nplace = nowhere", "a.toml:2:9: not valid TOML: "],
    ] as const
  ) {
    const read = () => new TomlFile("a.toml", content);
    const { message } = assertThrows(read, ConfigurationError, "not valid TOML");
    assertEquals(message.slice(0, place.length), place);
  }
});

Deno.test("a file with a byte order mark is read, and its places are right", () =>
  inFolder((folder) => {
    const path = `${folder}/ssdaq.toml`;
    Deno.writeTextFileSync(path, "\ufeffrun = 7\r\n[daemon]\r\n");
    const file = TomlFile.read(path);
    assertEquals(file.values, { run: 7, daemon: {} });
    assertEquals(file.placeOf(["run"]), `${path}:1:7`);
    return Promise.resolve();
  }));

Deno.test("a file that cannot be read is named", () => {
  assertThrows(
    () => TomlFile.read("/nowhere/ssdaq.toml"),
    ConfigurationError,
    "configuration /nowhere/ssdaq.toml: there is no such file",
  );
});
