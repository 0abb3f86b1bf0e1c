/**
 * Whether something is done before its time is up; the timer is gone when this is known.
 *
 * @throws what it rejects with in that time; a later rejection is dropped
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
