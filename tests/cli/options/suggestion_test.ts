import { suggestion } from "../../../cli/options/suggestion.ts";
import { assertEquals } from "../../assert.ts";
import { fc } from "../../property.ts";

const COMMANDS = ["sim", "daemon", "record", "listen", "info"];

Deno.test("suggestion() finds the word that was meant", () => {
  const typos = { recrod: "record", deamon: "daemon", lsten: "listen", inof: "info", sym: "sim" };
  for (const [written, meant] of Object.entries(typos)) {
    assertEquals(suggestion(written, COMMANDS), meant, written);
  }
});

Deno.test("suggestion() is silent when no word is near", () => {
  for (const written of ["frobnicate", "x-ray", "daemonize-everything"]) {
    assertEquals(suggestion(written, COMMANDS), undefined, written);
  }
  assertEquals(suggestion("sim", []), undefined);
});

Deno.test("suggestion() forgives one wrong letter anywhere in a long word", () => {
  const known = ["--readouts-per-packet", "--first-address", "--compression"];
  fc.assert(fc.property(fc.constantFrom(...known), fc.nat(), (word, index) => {
    const at = 2 + index % (word.length - 2);
    assertEquals(suggestion(word.slice(0, at) + "~" + word.slice(at + 1), known), word);
  }));
});
