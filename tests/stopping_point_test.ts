import { ConfigurationError } from "../lib/errors.ts";
import {
  armStoppingPoint,
  STOPPING_POINTS,
  type StoppingPoint,
  stoppingPoint,
} from "../lib/stopping_point.ts";
import { assertEquals, assertThrows } from "./assert.ts";
import { replaced } from "./replaced.ts";

/** The signals that this process would have got. */
function stopsWhile(written: string | undefined, points: readonly StoppingPoint[]) {
  const signals: [number, Deno.Signal | number | undefined][] = [];
  using _kill = replaced(Deno, "kill", (pid, signal) => void signals.push([pid, signal]));
  try {
    armStoppingPoint(written);
    for (const point of points) stoppingPoint(point);
  } finally {
    armStoppingPoint(undefined);
  }
  return signals;
}

Deno.test("a stopping point does nothing unless it is armed", () => {
  for (const written of [undefined, "", "kill@rows.synced"]) {
    assertEquals(stopsWhile(written, ["rows.flushed", "rows.written"]), []);
  }
});

Deno.test("an armed stopping point stops this process, once, at the time that is asked for", () => {
  const three: StoppingPoint[] = ["rows.flushed", "rows.flushed", "rows.flushed"];
  assertEquals(stopsWhile("kill@rows.flushed", three), [[Deno.pid, "SIGKILL"]]);
  assertEquals(stopsWhile("stop@rows.flushed:3", three), [[Deno.pid, "SIGSTOP"]]);
  assertEquals(stopsWhile("stop@rows.flushed:4", three), []);
});

Deno.test("what arms no stopping point is refused", () => {
  for (
    const written of [
      "rows.flushed",
      "end@rows.flushed",
      "kill@rows",
      "kill@rows.flushed:0",
      "kill@",
    ]
  ) {
    assertThrows(
      () => armStoppingPoint(written),
      ConfigurationError,
      `SSDAQ_STOP_AT ${written}: give kill@NAME:N or stop@NAME:N`,
    );
  }
});

Deno.test("each stopping point has one name", () => {
  assertEquals(new Set(STOPPING_POINTS).size, STOPPING_POINTS.length);
});
