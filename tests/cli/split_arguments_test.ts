import fc from "fast-check";
import { flag, optional } from "../../cli/option.ts";
import { integer, text } from "../../cli/value.ts";
import { kebab, splitArguments } from "../../cli/split_arguments.ts";
import { ConfigurationError } from "../../lib/errors.ts";
import { assertEquals, assertThrows } from "../assert.ts";

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
  assertEquals(split("--force", "run.h5"), { force: [""], operands: ["run.h5"] });
});

Deno.test("a negative number is refused as what it is", () => {
  const message = "sim: -5 is no option, and a value cannot begin with a minus sign";
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

Deno.test("any value at all arrives as it was written after a sign", () => {
  fc.assert(fc.property(fc.string({ minLength: 1 }), (value) => {
    assertEquals(split(`--max-size=${value}`), { maxSize: [value], operands: [] });
  }));
});

Deno.test("any arguments at all are told apart or refused, and nothing else is thrown", () => {
  const words = fc.oneof(
    fc.string(),
    fc.constantFrom("-", "--", "---", "=", "-=", "--=", "-r", "--rate", "__proto__", "--__proto__"),
  );
  fc.assert(fc.property(fc.array(words), (args) => {
    try {
      split(...args);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
    }
  }));
});

Deno.test("kebab() writes a name as the command line has it", () => {
  assertEquals(kebab("readoutsPerPacket"), "readouts-per-packet");
  assertEquals(kebab("rate"), "rate");
});
