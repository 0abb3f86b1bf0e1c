import { configuredRecorders } from "../../../../cli/commands/run/recorder_arguments.ts";
import { ConfigurationError } from "../../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../../assert.ts";

/** A table of the configuration; several texts are separated by blanks. */
function table(texts: Record<string, string>) {
  return new Map(
    Object.entries(texts).map(([name, text]) => [name, {
      texts: text === "on" ? [""] : text.split(" "),
      key: name,
      from: "a.toml:1",
    }]),
  );
}

Deno.test("without a table there is one recorder, which does as [record] says", () => {
  assertEquals(configuredRecorders([]), [{ name: "record", args: [] }]);
});

Deno.test("each table is a recorder with its options", () => {
  const night = table({ name: "night", folder: "a", maxSize: "1GiB", sync: "on", endpoint: "1 2" });
  assertEquals(configuredRecorders([night, table({ prefix: "-b" })]), [
    {
      name: "night",
      args: ["--folder=a", "--max-size=1GiB", "--sync", "--endpoint=1", "--endpoint=2"],
    },
    { name: "recorder 2", args: ["--prefix=-b"] },
  ]);
});

Deno.test("two recorders of one name, or of the same files, are refused", () => {
  assertThrows(
    () => configuredRecorders([table({ name: "a" }), table({ name: "a", folder: "b" })]),
    ConfigurationError,
    "[[recorder]] a: a has the same name; give each its own",
  );
  assertThrows(
    () => configuredRecorders([table({ folder: "b" }), table({ name: "x", folder: "b" })]),
    ConfigurationError,
    "[[recorder]] x: recorder 1 has the same folder and prefix; give each its own",
  );
});
