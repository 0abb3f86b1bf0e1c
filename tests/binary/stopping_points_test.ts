/**
 * The executable stops at named moments too; the tests from source do so at all of them.
 *
 * @module
 */

import { allStops, runStops } from "../../scripts/failures/stops.ts";
import { assertEquals } from "../assert.ts";
import { useExecutable } from "./executable.ts";

const folder = Deno.makeTempDirSync({ prefix: "ssdaq_binary" });
useExecutable(folder);
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const POINTS = ["daemon.kept", "publisher.sent", "file.linked", "rows.flushed", "mark.written"];

Deno.test({
  name: "the executable that is killed between two steps loses nothing that was flushed",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const tests = allStops("kill", 1).filter(({ point }) => POINTS.includes(point));
    const results = await runStops(tests, 2);
    assertEquals(results.length, POINTS.length);
    assertEquals(
      results.filter(({ reached, failure }) => !reached || failure !== undefined),
      [],
    );
  },
});
