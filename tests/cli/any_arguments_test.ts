import type { Command } from "../../cli/command.ts";
import { COMMANDS } from "../../cli/commands/commands.ts";
import { parseOptions } from "../../cli/config/parse_options.ts";
import { kebab } from "../../cli/options/split_arguments.ts";
import { ConfigurationError } from "../../lib/errors.ts";
import { assert, assertEquals } from "../assert.ts";
import { fc } from "../property.ts";
import { refused } from "./refused.ts";

/** Words that parsers and JavaScript keep for themselves, or that look like something else. */
const ODD = [
  ..."- -- --- = -= --= -_ --_ --_=1 -_5 _ __proto__ --__proto__ --__proto__=1 -. --.".split(" "),
  ..."--constructor --constructor.name=1 --toString --hasOwnProperty -0 -1e9 NaN Infinity".split(
    " ",
  ),
  ..."true false null undefined 0x1F 1e400 99999999999999999999 ∞ 💥 ٣ [::] a=b =b a=".split(" "),
  "",
  " ",
];

/** A process cannot be given it. */
const NUL = "\0";

/** Arguments that have to do with a command's options, and others. */
function argumentsOf({ options }: Command): fc.Arbitrary<string[]> {
  const long = Object.keys(options).map((name) => `--${kebab(name)}`);
  const short = Object.values(options).flatMap(({ short }) => short === undefined ? [] : [short]);
  const option = fc.constantFrom(...long, ...short.map((letter) => `-${letter}`), "--json");
  const text = fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: "grapheme" }), fc.string());
  const word = fc.oneof(
    option,
    text,
    fc.tuple(option, text).map(([name, value]) => `${name}=${value}`),
    fc.tuple(option, text).map(([name, value]) => `${name}${value}`),
    fc.tuple(fc.constantFrom("-", "--"), text).map((parts) => parts.join("")),
  );
  return fc.array(word.filter((given) => !given.includes(NUL)), { maxLength: 6 });
}

for (const command of COMMANDS) {
  Deno.test(`${command.name} reads or refuses any arguments at all, and throws nothing else`, () => {
    const { name, options, maxOperands } = command;
    fc.assert(
      fc.property(argumentsOf(command), (args) => {
        try {
          const { operands } = parseOptions(name, options, maxOperands, args);
          assert(operands.length <= maxOperands);
        } catch (error) {
          if (!(error instanceof ConfigurationError)) throw error;
          assertEquals(error.message.trim() === "", false);
        }
      }),
      { numRuns: 1000 },
    );
  });
}

Deno.test("odd arguments are refused by every command with one line and exit code 2", async () => {
  const odd = [
    ["_"],
    ["__proto__"],
    ["sim", "-_"],
    ["daemon", "--_=1"],
    ["record", "--__proto__.x=1"],
    ["info", "-f5"],
    ["ctl", "constructor"],
    ["export", "--to", "__proto__"],
    ["sim", "--rate=\x1b[31mred"],
    ["sim\nulation"],
    ["plot", "a\r\nb.h5", "--event"],
    [""],
  ];
  for (const args of odd) await refused(2, args);
});
