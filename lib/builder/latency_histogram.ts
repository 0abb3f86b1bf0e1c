import { itemAt } from "../item_at.ts";

/** Upper limits of the buckets, s. One more bucket is above the last limit. */
export const LATENCY_BUCKETS_SECONDS = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5],
] as const;

/** How long events waited, from the arrival of the first packet until they were closed. */
export class LatencyHistogram {
  /** Events in each bucket, not cumulative. The last bucket is for events above all limits. */
  readonly counts: Float64Array<ArrayBuffer> = new Float64Array(LATENCY_BUCKETS_SECONDS.length + 1);
  /** Sum of all latencies, s. */
  sumSeconds = 0;

  /** Counts an event. */
  add(latencyMs: number): void {
    const seconds = latencyMs / 1000;
    let bucket = 0;
    for (const end of LATENCY_BUCKETS_SECONDS) {
      if (!(seconds > end)) break;
      bucket++;
    }
    this.counts[bucket] = itemAt(this.counts, bucket) + 1;
    this.sumSeconds += seconds;
  }
}
