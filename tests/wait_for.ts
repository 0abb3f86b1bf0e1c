/**
 * How long a test waits for what is sure to come. Long, as another program may use the machine: how
 * fast ssdaq is, is measured in `tests/alone`.
 */
export const DEADLINE_MS = 60_000;

/**
 * Waits until a condition holds, looking often.
 *
 * @throws {Error} naming what was waited for, when it does not hold in time
 */
export async function waitFor(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = DEADLINE_MS,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
