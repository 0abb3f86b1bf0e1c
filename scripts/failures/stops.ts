import { messageOf } from "../../lib/errors.ts";
import { STOPPING_POINTS, type StoppingPoint } from "../../lib/stopping_point.ts";
import { Feed } from "./feed.ts";
import { stopDaemon } from "./stopped_daemon.ts";
import type { Stop } from "./stopped_process.ts";
import { stopRecorder } from "./stopped_recorder.ts";
import { stopSim } from "./stopped_sim.ts";

/** The program in which a moment is tested. */
export type Stopped = "daemon" | "record" | "sim" | "launcher";

/** How long a process stands still. */
const STILL_MS = 3000;

/** Each recorder has all events of its daemon: with later ones they would become many. */
const TESTS_PER_FEED = 12;

/** A test of one moment. */
export interface StopTest extends Stop {
  program: Stopped;
}

/** What came of it: whether the moment came, or what was not as it must be. */
export interface StopResult extends StopTest {
  reached: boolean;
  failure?: string;
}

/** The programs of a moment. `launcher`: it is tested with the executable. */
export function programsOf(point: StoppingPoint): readonly Stopped[] {
  const [part] = point.split(".");
  switch (part) {
    case "unpack":
      return ["launcher"];
    case "daemon":
    case "publisher":
      return ["daemon"];
    case "whole":
      return ["sim"];
    case "main":
    case "summary":
      return ["daemon", "record"];
    default:
      return ["record"];
  }
}

/** The tests of all moments, but for those of the launcher. */
export function allStops(how: Stop["how"], nth: number): StopTest[] {
  return STOPPING_POINTS.flatMap((point) =>
    programsOf(point)
      .filter((program) => program !== "launcher")
      .map((program): StopTest => ({ program, point, how, nth }))
  );
}

/**
 * Does tests, some at once; the recorders listen to one daemon.
 *
 * @param atOnce how many
 * @param onResult gets each result as it comes
 */
export async function runStops(
  tests: readonly StopTest[],
  atOnce: number,
  onResult: (result: StopResult) => void = () => {},
): Promise<StopResult[]> {
  const results: StopResult[] = [];
  for (let first = 0; first < tests.length; first += TESTS_PER_FEED) {
    await using feed = await Feed.start();
    const todo = tests.slice(first, first + TESTS_PER_FEED).values();
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (const test of todo) {
        const result = await resultOf(test, feed);
        results.push(result);
        onResult(result);
      }
    }));
  }
  return results;
}

/** The folder of a test that failed stays. */
async function resultOf(test: StopTest, feed: Feed): Promise<StopResult> {
  const folder = Deno.makeTempDirSync({ prefix: "ssdaq_stop_" });
  try {
    const reached = await run(test, feed, folder);
    Deno.removeSync(folder, { recursive: true });
    return { ...test, reached };
  } catch (error) {
    return { ...test, reached: true, failure: `${messageOf(error)} (files: ${folder})` };
  }
}

function run(test: StopTest, feed: Feed, folder: string): Promise<boolean> {
  switch (test.program) {
    case "daemon":
      return stopDaemon(test, STILL_MS);
    case "sim":
      return stopSim(test, folder, STILL_MS);
    default:
      return stopRecorder(feed, test, folder, STILL_MS);
  }
}
