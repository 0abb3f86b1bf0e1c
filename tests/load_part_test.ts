import { OperationError } from "../lib/errors.ts";
import { loadPart, reasonOfLoad } from "../lib/load_part.ts";
import { assertEquals, assertRejects } from "./assert.ts";

/** What is told of a package that fails with this error, after it has printed something. */
async function toldOf(error: Error, ...printed: string[]): Promise<string> {
  const thrown = await assertRejects(
    () =>
      loadPart("ZeroMQ", () => {
        // deno-lint-ignore no-console -- as packages do
        for (const text of printed) console.warn("[WARN]", text);
        return Promise.reject(error);
      }),
    OperationError,
  );
  assertEquals(thrown.cause, error);
  return thrown.message;
}

Deno.test("loadPart() gives what was loaded", async () => {
  assertEquals(await loadPart("ZeroMQ", () => Promise.resolve(5)), 5);
});

Deno.test("loadPart() tells in one line what could not be loaded, and the system's reason", async () => {
  assertEquals(
    await toldOf(
      new TypeError(
        "Unable to load /x/zeromq/lib/index.js\n  Caused by:\n    Too many open files (os error 24)",
      ),
    ),
    "cannot load ZeroMQ: Too many open files",
  );
  assertEquals(
    await toldOf(new Error("Invalid package config. Failed reading '/x/package.json'.")),
    "cannot load ZeroMQ: Invalid package config. Failed reading '/x/package.json'.",
  );
});

Deno.test("reasonOfLoad() is one line of what Deno tells of a thread", () => {
  assertEquals(
    reasonOfLoad(
      "Import 'file:///x/libc.ts' failed.\n    0: Too many open files (os error 24)\n    at file:///x",
    ),
    "Too many open files",
  );
});

Deno.test("loadPart() does not let a package print, but gives what it printed first as the reason", async () => {
  assertEquals(
    await toldOf(
      new Error("No compatible addon found"),
      "Failed to load addon at /x/addon.node: TypeError: libstdc++.so.6: cannot stat shared object: " +
        "Input/output error\n  path: /x/addon.node\n    at Object",
      "Failed to load addon at /y/addon.node: TypeError: other",
    ),
    "cannot load ZeroMQ: libstdc++.so.6: cannot stat shared object: Input/output error",
  );
});
