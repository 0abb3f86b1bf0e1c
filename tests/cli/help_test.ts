import { COMMANDS } from "../../cli/commands/commands.ts";
import { parseOptions } from "../../cli/config/parse_options.ts";
import { Settings } from "../../cli/config/settings.ts";
import { commandHelp, generalHelp } from "../../cli/help.ts";
import { GLOBAL_OPTIONS } from "../../cli/options/global_options.ts";
import { kebab } from "../../cli/options/split_arguments.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";

/** Words of a command line as a shell has them; `sudo` and what is redirected are left out. */
function wordsOf(commandLine: string): string[] {
  const [line = ""] = commandLine.split(" > ");
  return line.replace(/^sudo /, "").split(" ").map((word) => word.replace(/^'(.*)'$/, "$1"));
}

Deno.test("wordsOf() splits as a shell does", () => {
  assertEquals(wordsOf("ssdaq daemon -p 'tcp://*:1' > x.csv"), [
    "ssdaq",
    "daemon",
    "-p",
    "tcp://*:1",
  ]);
});

for (const command of COMMANDS) {
  const { name, options, maxOperands, examples, summary, usage } = command;
  const help = commandHelp(command);

  Deno.test(`the help of ${name} names every option with its letter, default and words`, () => {
    for (const [key, option] of Object.entries({ ...options, ...GLOBAL_OPTIONS })) {
      const { short, placeholder, defaultText, many, help: words } = option;
      const line = help.split("\n").find((line) =>
        ` ${line} `.includes(` --${kebab(key)} ${placeholder ?? ""}`)
      );
      assert(line !== undefined, `--${kebab(key)} is not in the help:\n${help}`);
      assertStringIncludes(line, short === undefined ? "      --" : `  -${short}, --`);
      assertStringIncludes(line, words);
      if (defaultText !== undefined) assertStringIncludes(line, `[${defaultText}]`);
      if (many) assertStringIncludes(line, "; repeatable");
    }
  });

  Deno.test(`the help of ${name} begins with how it is called and what it does`, () => {
    const [first, second = ""] = help.split("\n\n");
    assertEquals(first, `ssdaq ${usage}`);
    assertEquals(second.toLowerCase(), `${summary.toLowerCase()}.`);
    assertEquals(usage.split(" ")[0], name);
    assertEquals(help.includes("\nOptions\n"), Object.keys(options).length > 0);
  });

  Deno.test(`the examples of ${name} are in its help and can be called`, () => {
    assert(examples.length > 0);
    for (const [line, what] of examples) {
      assertStringIncludes(help, `  ${line}\n      ${what}`);
      const [program, called, ...args] = wordsOf(line);
      assertEquals([program, called], ["ssdaq", name]);
      parseOptions(name, options, maxOperands, args, Settings.none);
    }
  });

  Deno.test(`the options of ${name} have names and letters of their own`, () => {
    const all = Object.entries({ ...options, ...GLOBAL_OPTIONS });
    const letters = all.flatMap(([, { short }]) => short ?? []);
    assertEquals(new Set(letters).size, letters.length);
    assertEquals(all.length, Object.keys(options).length + Object.keys(GLOBAL_OPTIONS).length);
  });

  Deno.test(`the help of ${name} fits a wide terminal, and no line ends in blanks`, () => {
    for (const line of help.split("\n")) {
      assert(line.length <= 120, `${line.length} columns: ${line}`);
      assertEquals(line, line.trimEnd());
    }
  });
}

Deno.test("the help of ssdaq lists every command with what it does", () => {
  const help = generalHelp(COMMANDS);
  for (const { name, summary } of COMMANDS) {
    assertMatch(help, new RegExp(`^  ${name} +${summary}$`, "m"));
  }
});

Deno.test("the examples in the help of ssdaq can be called", () => {
  const lines = generalHelp(COMMANDS).matchAll(/^ {2}ssdaq (\w+)(.*?)(?: {2,}|$)/gm);
  const called = [...lines].map(([, name = "", rest = ""]) => {
    const command = COMMANDS.find((command) => command.name === name);
    assert(command !== undefined, `there is no command ${name}`);
    parseOptions(
      name,
      command.options,
      command.maxOperands,
      rest.split(" ").filter(Boolean),
      Settings.none,
    );
    return name;
  });
  assertEquals(called, ["sim", "daemon", "record"]);
});
