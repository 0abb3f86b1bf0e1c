/** Numbers of events in a row: from, and up to but not including. They need not be whole. */
export interface EventWindow {
  from: number;
  to: number;
}

/** How many events are in at least one of the windows. An event in several is kept once. */
export function heldEvents(windows: readonly EventWindow[]): number {
  let total = 0;
  let counted = -Infinity;
  for (const { from, to } of windows.toSorted((a, b) => a.from - b.from)) {
    total += Math.max(0, to - Math.max(from, counted));
    counted = Math.max(counted, to);
  }
  return total;
}

/**
 * Moves the window of a subscriber's queue on: it took some events, and others were sent. What does
 * not fit in the queue is not in it: the window's end then stays behind.
 *
 * @param taken how many the subscriber took
 * @param sent how many were sent so far, with those of earlier
 * @param previouslySent how many were sent at the last call
 * @param maxEvents that the queue holds
 */
export function moveWindow(
  window: EventWindow,
  { taken, sent, previouslySent, maxEvents }: {
    taken: number;
    sent: number;
    previouslySent: number;
    maxEvents: number;
  },
): void {
  window.from = Math.min(window.to, window.from + taken);
  const room = maxEvents - (window.to - window.from);
  const added = sent - previouslySent;
  if (added > room) {
    window.to += room;
    return;
  }
  if (added === 0) return;
  window.to = sent;
  window.from = Math.max(window.from, sent - maxEvents);
}
