import { EAGAIN, EINTR } from "../../lib/linux/libc.ts";
import { type Clock, systemClock } from "../clock.ts";

/** How long to wait before the next try when the kernel's send buffer is full. */
const WAIT_MS = 1;

/** How long the kernel may accept nothing until a message counts as not sent. */
const PATIENCE_MS = 1000;

/**
 * Sends messages with a call that may send fewer than requested, such as sendmmsg. Each message is
 * sent, or reported as failed. A failed message does not stop the ones after it.
 *
 * While the kernel's buffer is full, it waits without blocking the event loop, up to one second for
 * each message.
 *
 * @param count number of messages
 * @param sendFrom sends up to `count` messages from `from` on. Returns how many were sent (at least
 * one), or minus the error number of the first one
 * @param onFailure called for each message that was not sent, with the error number
 * @param clock clock for the waits
 */
export async function sendEach(
  count: number,
  sendFrom: (from: number, count: number) => number,
  onFailure: (index: number, errno: number) => void,
  clock: Clock = systemClock,
): Promise<void> {
  let next = 0;
  let fullSinceMs: number | undefined;
  while (next < count) {
    const result = sendFrom(next, count - next);
    if (result === -EINTR) continue;
    if (result === -EAGAIN) {
      fullSinceMs ??= clock.nowMs();
      if (clock.nowMs() - fullSinceMs < PATIENCE_MS) {
        await clock.sleep(WAIT_MS);
        continue;
      }
    }
    fullSinceMs = undefined;
    // 0 counts as a failure too; otherwise the loop would never end.
    if (result <= 0) onFailure(next, -result);
    next += Math.max(result, 1);
  }
}
