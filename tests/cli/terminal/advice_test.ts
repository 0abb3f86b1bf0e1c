import { COMMANDS } from "../../../cli/commands/commands.ts";
import { GLOBAL_OPTIONS } from "../../../cli/options/global_options.ts";
import { kebab } from "../../../cli/options/split_arguments.ts";
import { adviceOn, ADVISED_CODES, withAdvice } from "../../../cli/terminal/advice.ts";
import { ConfigurationError, UnavailableError } from "../../../lib/errors.ts";
import { assert, assertEquals } from "../../assert.ts";
import { readSource, sourceFilesIn } from "../../source_files.ts";

/** Sources of the library and the simulator, by their paths. */
function sources(): Map<string, string> {
  return new Map(
    ["lib", "sim"].flatMap(sourceFilesIn).map((path) => [path, readSource(path)]),
  );
}

Deno.test("no stage speaks of an option or of a command that asks or mends", () => {
  const options = [GLOBAL_OPTIONS, ...COMMANDS.map(({ options }) => options)]
    .flatMap((each) => Object.entries(each));
  const long = new Set(options.map(([name]) => `--${kebab(name)}`));
  const short = options.flatMap(([, { short }]) => short === undefined ? [] : [short]).join("");
  const patterns = [
    new RegExp(`(?:${[...long].join("|")})(?![\\w-])`, "g"),
    new RegExp(`\\b(?:with|give|take|try|by|see) -[${short}]\\b`, "g"),
    /\bssdaq (?:ctl|info|repair|doctor|top) /g,
  ];
  assert(long.size > 50);
  assert(short.includes("p"));
  const named = [...sources()].flatMap(([path, text]) =>
    patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([flag]) => `${path}: ${flag}`))
  );
  assertEquals(named, []);
});

Deno.test("every code of a stage has its advice, and each advice is given", () => {
  const given = [...sources().values()].flatMap((text) =>
    [...text.matchAll(/\bcode(?::| =) [^,;}]*/g)].flatMap(([told]) =>
      [...told.matchAll(/"([a-z]\w*\.\w+)"/g)].map(([, code]) => code)
    )
  );
  assertEquals([...new Set(given)].sort(), [...ADVISED_CODES].sort());
});

Deno.test("adviceOn() follows a sentence with the option that mends it", () => {
  const window = { code: "acquisition.window", fields: { mostWindowNs: 2_000_500 } };
  assertEquals(adviceOn(window), "; set --window to 2ms or less");
  const module = { code: "address.notInTable", fields: { address: "10.0.0.7" } };
  assertEquals(adviceOn(module), "; if it is a module, add --module 10.0.0.7=SLOT");
  assertEquals([adviceOn({}), adviceOn({ code: "no.such" }), adviceOn({ code: "toString" })], [
    "",
    "",
    "",
  ]);
});

Deno.test("withAdvice() has the message of an error, and what mends it", () => {
  const coded = new UnavailableError("cannot bind: take another port", { code: "receiver.inUse" });
  assertEquals(withAdvice(coded), "cannot bind: take another port with -l");
  const plain = new ConfigurationError("which file?", { fields: { file: null } });
  assertEquals([plain.code, withAdvice(plain)], [undefined, "which file?"]);
  // The code of another's error is none of ours.
  const foreign = Object.assign(new Error("in use"), { code: "receiver.inUse" });
  assertEquals([withAdvice(foreign), withAdvice("a text")], ["in use", "a text"]);
});
