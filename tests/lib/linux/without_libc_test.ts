import { checkClock } from "../../../cli/commands/doctor/host_checks.ts";
import { isClockSynchronised } from "../../../lib/linux/clock_state.ts";
import { surviveFileSizeLimit } from "../../../lib/linux/file_size_limit.ts";
import { askForHugePages } from "../../../lib/linux/huge_pages.ts";
import { SendQueues } from "../../../lib/linux/send_queues.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

Deno.test({
  name: "without libc nothing is known of the clock and of send queues, and memory is as it is",
  permissions: { ffi: false, read: true },
  fn: () => {
    assertEquals(isClockSynchronised(), undefined);
    assertEquals(checkClock(isClockSynchronised()).state, "unknown");
    assertEquals(SendQueues.open(), undefined);
    const memory = new Uint8Array(2 ** 22).fill(7);
    askForHugePages(memory);
    assertEquals(memory.every((byte) => byte === 7), true);
  },
});

Deno.test({
  name: "a file size limit that cannot be survived for want of a permission is told",
  permissions: { ffi: false },
  ignore: Deno.build.os === "windows",
  fn: () => {
    assertThrows(() => surviveFileSizeLimit(), Deno.errors.NotCapable);
  },
});
