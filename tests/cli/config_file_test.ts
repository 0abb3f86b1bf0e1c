import { flag, several, withDefault } from "../../cli/option.ts";
import { duration, integer, text } from "../../cli/value.ts";
import { parseOptions } from "../../cli/parse_options.ts";
import { ConfigurationError } from "../../lib/errors.ts";
import { assertEquals, assertThrows } from "../assert.ts";

const OPTIONS = {
  waitTime: withDefault(duration, "2s", { help: "time" }),
  place: several(text, "here", { help: "places" }),
  count: withDefault(integer(0, 9), "1", { help: "count" }),
  loud: flag({ help: "loud" }),
};

/** Parses a command line below which there is a file of this content. */
function parse(content: string, ...args: string[]) {
  const path = Deno.makeTempFileSync({ suffix: ".toml" });
  try {
    Deno.writeTextFileSync(path, content);
    const commands = ["talk", "shout"];
    return parseOptions("talk", OPTIONS, 0, ["--config", path, ...args], commands).values;
  } finally {
    Deno.removeSync(path);
  }
}

const refuses = (content: string, message: string) =>
  assertThrows(() => parse(content), ConfigurationError, message);

Deno.test("--config gives a command the options in its table", () => {
  const values = parse(`
    [talk]
    wait-time = "10ms"
    place = ["a", "b"]
    count = 3
    loud = true
    [shout]
    anything = 1
  `);
  assertEquals(values.waitTime, 10);
  assertEquals(values.place, ["a", "b"]);
  assertEquals(values.count, 3);
  assertEquals(values.loud, true);
});

Deno.test("--config stands below the command line and above the defaults", () => {
  const values = parse('[talk]\nwait-time = "10ms"\nplace = "a"', "--place", "b");
  assertEquals([values.waitTime, values.place, values.count], [10, ["b"], 1]);
  assertEquals(parse("[talk]\nloud = false").loud, false);
});

Deno.test("--config refuses what it does not know, with the nearest it does", () => {
  refuses("[talk]\nwait-tme = '1s'", "no key wait-tme in [talk]; did you mean wait-time?");
  refuses("[tlak]\ncount = 1", "no table [tlak]; did you mean talk?");
  refuses("count = 1", "count stands alone; put it below its command");
  refuses("[talk]\ncount = 10", ".toml: count 10: give a whole number from 0 to 9");
  refuses("[talk]\ncount = {}", "count in [talk]: give a text, a number");
  refuses("[talk\n", "line 1");
});

Deno.test("--config names the file that it cannot read", () => {
  assertThrows(
    () => parseOptions("talk", OPTIONS, 0, ["--config", "/nowhere/ssdaq.toml"]),
    ConfigurationError,
    "--config /nowhere/ssdaq.toml: ",
  );
});
