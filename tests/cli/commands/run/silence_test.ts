import { Silence } from "../../../../cli/commands/run/silence.ts";
import { assertEquals } from "../../../assert.ts";

Deno.test("Silence lasts until something is said", () => {
  const silence = new Silence(250, 1000);
  assertEquals([1250, 1500].map((nowMs) => silence.look(nowMs)), [250, 500]);
  silence.end();
  assertEquals(silence.look(1750), 250);
});

Deno.test("Silence leaves out time in which the listener itself slept", () => {
  const silence = new Silence(250, 0);
  silence.look(250);
  // The host was suspended for an hour: nobody is killed for what he could not say.
  assertEquals(silence.look(3_600_000), 750);
  assertEquals(silence.look(3_600_250), 1000);
});
