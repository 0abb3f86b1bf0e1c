/** How long tests may need to end after a request, before they are killed. */
const END_MS = 5000;

/** A test that failed with a seed. */
export interface Failure {
  /** The test's name. */
  name: string;
  /** Its file, as `deno test` names it. */
  file: string;
  /** The error with the smallest case of a property, without the stack. */
  error: string;
}

/** The result of all tests with one seed. */
export interface Round {
  /** Tests that ran. */
  tests: number;
  failures: Failure[];
}

/**
 * Runs tests with a seed, in a separate process.
 *
 * @param seed u32
 * @param signal stops it
 * @returns undefined when it was stopped
 * @throws {Error} with the output, when the tests could not be run
 */
export async function runTests(
  root: string,
  files: readonly string[],
  seed: number,
  signal: AbortSignal,
): Promise<Round | undefined> {
  const report = Deno.makeTempFileSync({ prefix: "ssdaq-explore-", suffix: ".xml" });
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--allow-all", "--parallel", `--junit-path=${report}`, ...files],
      cwd: root,
      env: { SSDAQ_SEED: `${seed}`, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { success, stdout, stderr } = await endedWithin(child, signal);
    if (signal.aborted) return undefined;
    const round = readReport(Deno.readTextFileSync(report));
    if (success === (round.failures.length === 0)) return round;
    const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    throw new Error(`the tests could not be run with SSDAQ_SEED=${seed}:\n${output}\n${errors}`);
  } finally {
    Deno.removeSync(report);
  }
}

async function endedWithin(child: Deno.ChildProcess, signal: AbortSignal) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    child.kill("SIGINT");
    timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop);
  try {
    return await child.output();
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
  }
}

/** Reads a report in JUnit's format, as Deno writes it. */
export function readReport(xml: string): Round {
  const cases = xml.matchAll(
    /<testcase name="([^"]*)" classname="([^"]*)"[^>]*>\s*(?:<failure[^>]*>([^<]*)<)?/g,
  );
  const round: Round = { tests: 0, failures: [] };
  for (const [, name = "", file = "", error] of cases) {
    round.tests++;
    if (error === undefined) continue;
    round.failures.push({
      name: plain(name),
      file: plain(file),
      error: withoutStack(plain(error)),
    });
  }
  return round;
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function plain(xml: string): string {
  return xml.replace(/&(?:#(\d+)|#x([\da-fA-F]+)|(\w+));/g, (all, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    return String.fromCodePoint(decimal === undefined ? parseInt(hex, 16) : Number(decimal));
  });
}

/** An error without its stack, its source line, and fast-check's hint. */
function withoutStack(error: string): string {
  const lines = error.split("\n").filter((line) =>
    line.trim() !== "" && !/^\s+at |^Hint: |^\s*\^+\s*$|^\s+const error = new SError/.test(line)
  );
  return lines.join("\n");
}
