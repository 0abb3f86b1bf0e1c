/**
 * The tests of whole processes, run against the one file that `deno task compile` makes: from packet
 * to file, h5py that reads while it grows, Ctrl-C, the supervisor.
 *
 * @module
 */

import { useExecutable } from "./executable.ts";

const folder = Deno.makeTempDirSync({ prefix: "ssdaq_binary" });
useExecutable(folder);
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

await import("../cli/main_job_test.ts");
await import("../cli/interruption_test.ts");
await import("../cli/fill_gaps_test.ts");
await import("../cli/run_test.ts");
await import("../interop/recorded_file_test.ts");
await import("../interop/subscriber_test.ts");
