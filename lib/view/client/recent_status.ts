import { itemAt } from "../../item_at.ts";
import { LOSS_CAUSES } from "../../ledger/losses.ts";
import type { LiveStatus } from "../protocol/live_status.ts";
import type { Columns } from "./recent.ts";

/** Number of seconds that are kept. */
const POINTS = 600;

/**
 * What a page was told once a second: rates, and losses by cause. New entries replace the oldest.
 */
export class RecentStatus {
  readonly #points: { unixSeconds: number; eventsPerSecond: number; counts: Counts }[] = [];

  push({ eventsPerSecond, ledger }: LiveStatus, unixSeconds: number): void {
    const counts = LOSS_CAUSES.map((cause) => cause.count(ledger));
    this.#points.push({ unixSeconds, eventsPerSecond, counts });
    if (this.#points.length > POINTS) this.#points.shift();
  }

  /** Events/s against time. */
  rates(): Columns {
    return [
      this.#points.map(({ unixSeconds }) => unixSeconds),
      this.#points.map(({ eventsPerSecond }) => eventsPerSecond),
    ];
  }

  /** Losses per second against time for each cause that the source counts. */
  losses(): { labels: string[]; columns: Columns } {
    const known = [...LOSS_CAUSES.entries()].filter(([index]) =>
      this.#points.at(-1)?.counts[index] !== undefined
    );
    const steps = this.#points.slice(1).map((point, index) => ({
      point,
      before: itemAt(this.#points, index),
    }));
    return {
      labels: known.map(([, { label }]) => label),
      columns: [
        steps.map(({ point }) => point.unixSeconds),
        ...known.map(([index]) =>
          steps.map(({ point, before }) => {
            const [now, then] = [point.counts[index], before.counts[index]];
            if (now === undefined || then === undefined) return null;
            const seconds = Math.max(point.unixSeconds - before.unixSeconds, 0.001);
            // A restarted source counts from 0 again.
            return (now >= then ? now - then : now) / seconds;
          })
        ),
      ],
    };
  }
}

type Counts = readonly (number | undefined)[];
