import { daemonPlaces, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals } from "../assert.ts";
import { type DaemonSummary, dataOf, type RecordSummary } from "../cli/pipeline.ts";
import { DEADLINE_MS } from "../wait_for.ts";

/** How long the recorder may take to store what was sent. */
/** A daemon and a recorder as processes, ready for packets. */
export interface Recording {
  /** Where the packets go to, `HOST:PORT`. */
  target: string;
  /** Where the daemon publishes. */
  endpoint: string;
  /** Ends when the recorder has stored its events, and the daemon has been stopped. */
  finish(): Promise<void>;
}

/** No float64. */
export const RUN = String(2n ** 53n + 1n);

/**
 * Runs a daemon and a recorder that ends after so many events. {@linkcode Recording.finish} checks
 * that both end well and no event was missed.
 */
export async function withRecording(
  file: string,
  events: number,
  use: (recording: Recording) => Promise<void>,
): Promise<void> {
  await using daemon = new SsdaqProcess([
    ...["daemon", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0", "--control", "off", "--json"],
    ...["--run", RUN, "--deadline", "1s"],
  ]);
  const { target, endpoint } = await daemonPlaces(daemon);
  await using record = new SsdaqProcess(
    ["record", file, "-e", endpoint, "--events", String(events), "--json"],
  );
  await record.says(/listening to/);
  await daemon.says(/subscriber joined, now 1/);
  await use({
    target,
    endpoint,
    async finish() {
      // When an event is missing it would wait for ever; stopped, it says what it has stored.
      const timer = setTimeout(() => void record.stop(), DEADLINE_MS);
      const stored: RecordSummary = dataOf(await record.ended.finally(() => clearTimeout(timer)));
      const { recorder } = stored.ledger;
      assertEquals([recorder.stored, recorder.missed], [events, 0]);
      const { ledger }: DaemonSummary = dataOf(await daemon.stop());
      assertEquals(ledger.events.built, events);
    },
  });
}
