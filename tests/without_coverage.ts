const VARIABLE = "DENO_COVERAGE_DIR";

/**
 * Until it is disposed of, processes that are started write no coverage data: for those that a test
 * lets write no more.
 */
export function withoutCoverage(): Disposable {
  const folder = Deno.env.get(VARIABLE);
  Deno.env.delete(VARIABLE);
  return {
    [Symbol.dispose]() {
      if (folder !== undefined) Deno.env.set(VARIABLE, folder);
    },
  };
}
