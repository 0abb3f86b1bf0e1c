/**
 * Whether an action is done before a time limit. It clears its timer in any case.
 *
 * @throws the action's error within that time; a later error is dropped
 */
export async function within(timeMs: number, action: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), timeMs);
  try {
    return await Promise.race([action.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
