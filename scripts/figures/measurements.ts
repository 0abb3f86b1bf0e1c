import { count } from "../../cli/terminal/format.ts";
import { formatByteSize } from "../../lib/text/byte_size.ts";

/** A full run that has a figure on the page on testing. */
export interface Measurement {
  name: string;
  /** What it measures, for the page. */
  what: string;
  /** The command of the shell, from the project's folder. */
  command: string;
  /**
   * The figure in what the command printed to stdout.
   *
   * @throws {Error} if it is not there
   */
  result(stdout: string): string;
}

/** All of them, in the order of the page. */
export const MEASUREMENTS: readonly Measurement[] = [
  {
    name: "tests",
    what: "tests from source",
    command: "deno task test",
    result: testsIn,
  },
  {
    name: "binary",
    what: "tests of the executable",
    command: "deno task compile && deno task test-binary",
    result: testsIn,
  },
  {
    name: "coverage",
    what: "lines and branches of `lib` that the tests take",
    command: "deno task coverage --json",
    result(stdout) {
      const { rooms, known } = jsonIn(stdout) as CoverageReport;
      const lib = rooms.find(({ room }) => room === "lib");
      if (lib === undefined) throw new Error("the output has no figures of lib");
      const part = (hit: number, all: number) => `${(100 * hit / all).toFixed(1)} %`;
      return `${part(lib.hitLines, lib.lines)} of ${count(lib.lines)} lines, ` +
        `${part(lib.hitBranches, lib.branches)} of ${count(lib.branches)} branches; ` +
        `${Object.values(known).flat().length} lines listed with a reason`;
    },
  },
  {
    name: "failures",
    what: "every system call fails once; every named moment",
    command: "deno task failures --json",
    result(stdout) {
      const { calls, stops, defects } = jsonIn(stdout) as FailuresReport;
      const told = (counts: Record<string, number>) =>
        Object.entries(counts).map(([ending, times]) => `${count(times)} ${ending}`).join(", ");
      return `calls: ${told(calls)}; moments: ${told(stops)}; defects: ${defects.length}`;
    },
  },
  {
    name: "fuzz",
    what: "search for inputs that break a promise",
    command: "deno task fuzz --minutes 10 --json",
    result(stdout) {
      const targets = jsonIn(stdout) as FuzzReport[];
      const runs = targets.reduce((sum, { runs }) => sum + runs, 0);
      const findings = targets.reduce((sum, { findings }) => sum + findings, 0);
      const reached = targets.map(({ target, branches, reachedBranches }) =>
        `${target} ${reachedBranches}/${branches}`
      );
      return `${count(runs)} inputs, ${findings} defects; branches reached: ${reached.join(", ")}`;
    },
  },
  {
    name: "siege",
    what: "all attacks at once beside a good camera",
    command: "deno task siege --duration 1h --executable dist/ssdaq --json",
    result(stdout) {
      const { events, processes, attacks, seen } = jsonIn(stdout) as SiegeReport;
      const memory = processes.map(({ name, peakBytes, budgetBytes }) =>
        `${name} ${formatByteSize(peakBytes)} of ${formatByteSize(budgetBytes)}`
      );
      return `${count(events.complete)} of ${count(events.built)} events complete and stored ` +
        `beside ${attacks.length} attacks; ${seen.answered} of ${seen.asked} requests answered; ` +
        memory.join(", ");
    },
  },
  {
    name: "soak",
    what: "all faults, kills and standstills",
    command: "deno task soak --duration 10m --kills 100 --seed 1",
    result(stdout) {
      const closed = stdout.match(/the account closes/g) ?? [];
      const made = [...stdout.matchAll(/^([\d ]+) readouts made/gm)]
        .map(([, readouts = "0"]) => Number(readouts.replaceAll(" ", "")));
      const sum = made.reduce((total, readouts) => total + readouts, 0);
      return `${count(sum)} readouts explained in ${closed.length} accounts`;
    },
  },
  {
    name: "explore",
    what: "properties with new seeds",
    command: "deno task explore --minutes 10",
    result: (stdout) => firstIn(stdout, /\d+ seeds in .*tests that failed: \d+/),
  },
];

interface SiegeReport {
  events: { built: number; complete: number };
  processes: { name: string; peakBytes: number; budgetBytes: number }[];
  attacks: unknown[];
  seen: { asked: number; answered: number };
}

interface CoverageReport {
  rooms: {
    room: string;
    lines: number;
    hitLines: number;
    branches: number;
    hitBranches: number;
  }[];
  known: Record<string, unknown[]>;
}

interface FailuresReport {
  calls: Record<string, number>;
  stops: Record<string, number>;
  defects: unknown[];
}

interface FuzzReport {
  target: string;
  runs: number;
  branches: number;
  reachedBranches: number;
  findings: number;
}

/** The numbers of all test runs in an output. */
function testsIn(stdout: string): string {
  const ends = [...stdout.matchAll(/\| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed/g)];
  if (ends.length === 0) throw new Error("the output does not tell how many tests passed");
  const sum = (group: number) => ends.reduce((total, end) => total + Number(end[group]), 0);
  return `${count(sum(1))} passed, ${sum(2)} failed`;
}

function firstIn(stdout: string, pattern: RegExp): string {
  const found = pattern.exec(stdout);
  if (found === null) throw new Error(`the output has nothing like ${pattern}`);
  return found[0];
}

/** The JSON in an output that may begin with lines of the task. */
function jsonIn(stdout: string): unknown {
  return JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
}
