import { EAGAIN, EINTR } from "../lib/linux/libc.ts";
import { type Clock, systemClock } from "./clock.ts";

/** How long to wait when the kernel's send buffer is full, before it is tried again. */
const WAIT_MS = 1;

/** How long the kernel may take nothing at all, until a message counts as one not sent. */
const PATIENCE_MS = 1000;

/**
 * Sends messages with a call that may send fewer than asked, such as sendmmsg; each is either sent
 * or reported as failed, and a failed one holds up none after it.
 *
 * While the kernel's buffer is full it waits without blocking the event loop, up to a second for
 * each message.
 *
 * @param count of messages
 * @param sendFrom sends up to `count` messages from `from` on: how many went (at least one), or
 * minus the number of the error that kept the first of them back
 * @param onFailure told of each message that was not sent, with the error's number
 * @param clock to wait by
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
    // 0 counts as a failure too: taken as it is, it would go on for ever.
    if (result <= 0) onFailure(next, -result);
    next += Math.max(result, 1);
  }
}
