import {
  gauge,
  ledgerMetrics,
  memoryMetrics,
  type Metric,
  type MetricSample,
} from "../http/metrics.ts";
import type { RecorderStatus } from "./status.ts";

/** A recorder's metrics at a moment. */
export function recorderMetrics(status: RecorderStatus): Metric[] {
  return [
    ...ledgerMetrics(status.ledger),
    ...memoryMetrics(status.memory),
    gauge("ssdaq_recorder_info", "version of this recorder", [
      { value: 1, labels: { version: status.ssdaq } },
    ]),
    gauge("ssdaq_recorder_uptime_seconds", "time since the recorder was started", [
      { value: status.uptimeSeconds },
    ]),
    gauge("ssdaq_recorder_connections", "number of connected publishers", [
      { value: status.connections },
    ]),
    gauge("ssdaq_recorder_events_per_second", "events stored per second, over the last seconds", [
      { value: status.eventsPerSecond },
    ]),
    gauge(
      "ssdaq_recorder_last_stored_seconds",
      "time since the last event was stored; no value before the first",
      known(status.lastStoredSeconds),
    ),
    gauge(
      "ssdaq_recorder_lag_seconds",
      "time from the arrival of the last event's first packet until it was stored; no value at first",
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
      help: "files written so far, including the file being written",
      type: "counter",
      samples: [{ value: status.files }],
    },
    gauge(
      "ssdaq_recorder_disk_free_bytes",
      "free space on the disk that is written to; no value if unknown",
      known(status.diskFreeBytes),
    ),
    gauge(
      "ssdaq_recorder_problems",
      "number of problems of the recorder, as listed by /healthz",
      [
        { value: status.problems.length },
      ],
    ),
    gauge(
      "ssdaq_recorder_broken_identities",
      "equations of the ledger that do not hold; normal for a moment while data is processed",
      [{ value: status.brokenIdentities.length }],
    ),
  ];
}

function known(value: number | null): MetricSample[] {
  return value === null ? [] : [{ value }];
}
