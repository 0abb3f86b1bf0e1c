/**
 * Tests that need clients in Python: h5py, PyTables, pyzmq and NumPy.
 *
 * The interpreter is `SSDAQ_PYTHON`, else /usr/bin/python3, else python3. Where it lacks the
 * packages the tests are skipped and say so, unless `SSDAQ_REQUIRE_CLIENTS` is 1.
 *
 * @module
 */

const SKIPPED = "(skipped: no Python with h5py, tables and zmq)";

let found: string | undefined | null = null;

/** The interpreter that has the packages, if there is one. */
export function findPython(): string | undefined {
  if (found === null) {
    const candidates = [Deno.env.get("SSDAQ_PYTHON"), "/usr/bin/python3", "python3"];
    found = candidates.find((command) => command !== undefined && hasPackages(command));
  }
  return found;
}

/** A test that gets the interpreter. */
export function pythonTest(name: string, run: (python: string) => Promise<void>): void {
  const python = findPython();
  if (python !== undefined) {
    Deno.test(name, () => run(python));
  } else if (Deno.env.get("SSDAQ_REQUIRE_CLIENTS") === "1") {
    Deno.test(name, () => {
      throw new Error("no Python with h5py, tables and zmq; name one in SSDAQ_PYTHON");
    });
  } else {
    Deno.test({ name: `${name} ${SKIPPED}`, ignore: true, fn() {} });
  }
}

/**
 * Runs a script that stands beside the tests, to its end.
 *
 * @returns what it prints
 * @throws with what it complains about when it fails
 */
export async function runPython(
  python: string,
  script: string,
  ...args: string[]
): Promise<string> {
  const path = new URL(script, import.meta.url).pathname;
  const { success, stdout, stderr } = await new Deno.Command(python, {
    args: ["-B", path, ...args],
  })
    .output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${script} failed:\n${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

function hasPackages(command: string): boolean {
  try {
    return new Deno.Command(command, {
      args: ["-c", "import h5py, tables, zmq, numpy"],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}
