import { gauge, ledgerMetrics, type Metric, type MetricSample } from "../http/metrics.ts";
import type { RecorderStatus } from "./status.ts";

/** A recorder's metrics at a moment. */
export function recorderMetrics(status: RecorderStatus): Metric[] {
  return [
    ...ledgerMetrics(status.ledger),
    gauge("ssdaq_recorder_info", "version of this recorder", [
      { value: 1, labels: { version: status.ssdaq } },
    ]),
    gauge("ssdaq_recorder_uptime_seconds", "time since the recorder was started", [
      { value: status.uptimeSeconds },
    ]),
    gauge("ssdaq_recorder_connections", "publishers that are connected", [
      { value: status.connections },
    ]),
    gauge("ssdaq_recorder_events_per_second", "events stored, over the last seconds", [
      { value: status.eventsPerSecond },
    ]),
    gauge(
      "ssdaq_recorder_last_stored_seconds",
      "time since an event was stored last; none before the first",
      known(status.lastStoredSeconds),
    ),
    gauge(
      "ssdaq_recorder_lag_seconds",
      "how long after its first packet came the last event was stored; none before the first",
      known(status.lagSeconds),
    ),
    gauge("ssdaq_recorder_file_events", "events in the file being written", [
      { value: status.file?.rows ?? 0 },
    ]),
    gauge("ssdaq_recorder_file_bytes", "size of the file being written", [
      { value: status.file?.bytes ?? 0 },
    ]),
    {
      name: "ssdaq_recorder_files_total",
      help: "files written so far, that being written included",
      type: "counter",
      samples: [{ value: status.files }],
    },
    gauge(
      "ssdaq_recorder_disk_free_bytes",
      "room on the disk that is written to; none where that cannot be known",
      known(status.diskFreeBytes),
    ),
    gauge(
      "ssdaq_recorder_problems",
      "what is wrong with the recorder, as /healthz says: 0 is well",
      [
        { value: status.problems.length },
      ],
    ),
    gauge(
      "ssdaq_recorder_broken_identities",
      "equations of the ledger that do not hold; in the midst of work, some do not for a moment",
      [{ value: status.brokenIdentities.length }],
    ),
  ];
}

function known(value: number | null): MetricSample[] {
  return value === null ? [] : [{ value }];
}
