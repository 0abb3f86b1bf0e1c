import { itemAt } from "../item_at.ts";

/** Upper ends of the buckets, s; above the last is one more. */
export const LATENCY_BUCKETS_SECONDS = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5],
] as const;

/** How long events waited from the arrival of their first packet until they were closed. */
export class LatencyHistogram {
  /** Events by bucket, not added up; the last is for those above all ends. */
  readonly counts: Float64Array<ArrayBuffer> = new Float64Array(LATENCY_BUCKETS_SECONDS.length + 1);
  /** Of all of them together, s. */
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
