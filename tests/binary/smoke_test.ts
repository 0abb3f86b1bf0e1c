/**
 * The tests of whole processes, run against the one file that `deno task compile` makes: from packet
 * to file, h5py that reads while it grows, Ctrl-C, the supervisor, pictures, exports, and the live view
 * in a terminal and in a browser.
 *
 * @module
 */

import { useExecutable } from "./executable.ts";

const folder = Deno.makeTempDirSync({ prefix: "ssdaq_binary" });
useExecutable(folder);
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

await import("../cli/main_job_test.ts");
await import("../cli/process/interruption_test.ts");
await import("../cli/fill_gaps_test.ts");
await import("../cli/full_control_port_test.ts");
await import("../cli/strange_publisher_test.ts");
await import("../cli/commands/run/run_test.ts");
await import("../interop/recorded_file_test.ts");
await import("../interop/subscriber_test.ts");
await import("../cli/commands/geometry_test.ts");
await import("../cli/commands/plot/plot_test.ts");
await import("../cli/commands/export_test.ts");
await import("../cli/terminal/terminal_test.ts");
await import("../cli/commands/top/top_test.ts");
await import("../cli/commands/record/record_test.ts");
await import("../cli/licenses_test.ts");
await import("../alone/hung_processes_test.ts");
await import("../alone/live_view_test.ts");
