import { flag, optional } from "../../../cli/options/option.ts";
import { kebab, splitArguments } from "../../../cli/options/split_arguments.ts";
import { integer, text } from "../../../cli/options/value.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { fc } from "../../property.ts";

const OPTIONS = {
  rate: optional(integer(0, 9), { short: "r", placeholder: "HZ", help: "" }),
  maxSize: optional(text, { help: "" }),
  force: flag({ short: "f", help: "" }),
};

function split(...args: string[]): Record<string, string[]> {
  const { texts, operands } = splitArguments("sim", OPTIONS, args);
  return { ...Object.fromEntries(texts), operands };
}

function refuses(args: string[], message: string): void {
  const { message: said } = assertThrows(() => split(...args), ConfigurationError);
  assertEquals(said, message);
}

Deno.test("an option's value stands after it, after a sign, or at its letter", () => {
  for (const args of [["--rate", "5"], ["--rate=5"], ["-r", "5"], ["-r=5"], ["-r5"]]) {
    assertEquals(split(...args), { rate: ["5"], operands: [] }, args.join(" "));
  }
  assertEquals(split("--max-size", "a=b"), { maxSize: ["a=b"], operands: [] });
  assertEquals(split("--max-size=a=b"), { maxSize: ["a=b"], operands: [] });
});

Deno.test("options and operands may come in any order", () => {
  const expected = { rate: ["5"], force: [""], operands: ["a.h5", "b.h5"] };
  assertEquals(split("--rate", "5", "-f", "a.h5", "b.h5"), expected);
  assertEquals(split("a.h5", "--force", "b.h5", "--rate=5"), expected);
  assertEquals(split("a.h5", "-r", "5", "b.h5", "-f"), expected);
});

Deno.test("an option given several times keeps every value, in order", () => {
  assertEquals(split("-r", "1", "--rate=2", "-r3"), { rate: ["1", "2", "3"], operands: [] });
});

Deno.test("after -- everything is an operand, and - alone is one", () => {
  assertEquals(split("-", "--", "--rate", "-f"), { operands: ["-", "--rate", "-f"] });
});

Deno.test("a flag does not take the word after it", () => {
  for (const word of ["run.h5", "true", "false", "1"]) {
    assertEquals(split("--force", word), { force: [""], operands: [word] });
    assertEquals(split("-f", word), { force: [""], operands: [word] });
  }
});

Deno.test("a negative number is refused as what it is", () => {
  const message = "sim: -5 is not an option, and a value cannot begin with a minus sign";
  refuses(["--rate", "-5"], message);
  refuses(["-5"], message);
});

Deno.test("an option without its value says what it needs", () => {
  const missing = "--rate: needs a value; give --rate HZ";
  for (
    const args of [["--rate"], ["-r"], ["--rate="], ["-r", "-f"], ["--rate", "--force"]]
  ) {
    refuses(args, missing);
  }
  refuses(["--max-size", ""], "--max-size: needs a value; give --max-size VALUE");
});

Deno.test("a flag with a value is refused", () => {
  refuses(["--force=no"], "--force=no: takes no value; give --force alone");
  refuses(["-f=no"], "-f=no: takes no value; give -f alone");
  refuses(["-f5"], "sim has no option -f5; see ssdaq sim --help");
  refuses(["-f-"], "sim has no option -f-; see ssdaq sim --help");
});

Deno.test("an unknown option is refused, with the nearest that there is", () => {
  refuses(["--rat=7"], "sim has no option --rat; did you mean --rate? see ssdaq sim --help");
  refuses(
    ["--maxSize", "1"],
    "sim has no option --maxSize; did you mean --max-size? see ssdaq sim --help",
  );
  refuses(["--elephant"], "sim has no option --elephant; see ssdaq sim --help");
  refuses(["-x"], "sim has no option -x; see ssdaq sim --help");
  refuses(["---"], "sim has no option ---; see ssdaq sim --help");
});

Deno.test("letters may stand together, the last with a value", () => {
  for (const args of [["-fr5"], ["-fr=5"], ["-fr", "5"], ["-f", "-r5"]]) {
    assertEquals(split(...args), { force: [""], rate: ["5"], operands: [] }, args.join(" "));
  }
  refuses(["-fx"], "sim has no option -fx; see ssdaq sim --help");
});

Deno.test("words that other parsers keep for themselves are unknown options", () => {
  for (const word of ["-_", "--_", "--_=1", "-_5", "--__proto__", "--constructor=1", "--rate.x"]) {
    const option = word.replace(/=.*/, "");
    const { message } = assertThrows(() => split(word), ConfigurationError);
    assertEquals(message.startsWith(`sim has no option ${option}; `), true, message);
  }
});

Deno.test("any value at all arrives as it was written after a sign", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (value) => {
      assertEquals(split(`--max-size=${value}`), { maxSize: [value], operands: [] });
    }),
  );
});

Deno.test("kebab() writes a name as the command line has it", () => {
  assertEquals(kebab("readoutsPerPacket"), "readouts-per-packet");
  assertEquals(kebab("rate"), "rate");
});
