/**
 * Loaded before the tests: processes that they start write no coverage data then. Each of them would
 * write hundreds of files.
 *
 * @module
 */

Deno.env.delete("DENO_COVERAGE_DIR");
