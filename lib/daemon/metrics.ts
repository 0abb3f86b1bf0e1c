import { LATENCY_BUCKETS_SECONDS, type LatencyHistogram } from "../builder/latency_histogram.ts";
import {
  gauge,
  ledgerMetrics,
  memoryMetrics,
  type Metric,
  type MetricSample,
} from "../http/metrics.ts";
import { itemAt } from "../item_at.ts";
import { COUNTERS } from "../ledger/ledger.ts";
import { type DaemonStatus, daemonStatus, type SlotStatus, type StatusSource } from "./status.ts";

/** A daemon's metrics at a moment: all values of its status, and how long events waited. */
export function daemonMetrics(source: StatusSource, nowMs: number): Metric[] {
  const status = daemonStatus(source, nowMs);
  return [
    ...ledgerMetrics(status.ledger),
    ...rateMetrics(status),
    ...slotMetrics(status),
    ...levelMetrics(status),
    ...memoryMetrics(status.memory),
    latencyMetric(source.acquisition.builder.latency),
    ...identityMetrics(status),
    {
      name: "ssdaq_not_listening_seconds_total",
      help:
        "time without a listening daemon since ssdaq run was started; packets sent in that time " +
        "are in no counter",
      type: "counter",
      samples: [{ value: status.notListeningSeconds }],
    },
  ];
}

function rateMetrics({ rates }: DaemonStatus): Metric[] {
  return [
    gauge("ssdaq_packets_per_second", "packets received per second, over the last seconds", [
      { value: rates.packetsPerSecond },
    ]),
    gauge("ssdaq_readouts_per_second", "readouts decoded per second, over the last seconds", [
      { value: rates.readoutsPerSecond },
    ]),
    gauge("ssdaq_events_per_second", "events built per second, over the last seconds", [
      { value: rates.eventsPerSecond },
    ]),
  ];
}

function slotMetrics({ slots, ledger: { events } }: DaemonStatus): Metric[] {
  const each = (value: (slot: SlotStatus) => number): MetricSample[] =>
    slots.map((slot) => ({ value: value(slot), labels: { slot: String(slot.slot) } }));
  const counter = (name: string, help: string, value: (slot: SlotStatus) => number): Metric => (
    { name: `ssdaq_slot_${name}_total`, help, type: "counter", samples: each(value) }
  );
  return [
    gauge(
      "ssdaq_slot_age_seconds",
      "time since the slot's last packet; no value before the first packet",
      slots.flatMap(({ slot, lastSeenSeconds }) =>
        lastSeenSeconds === null ? [] : [{ value: lastSeenSeconds, labels: { slot: String(slot) } }]
      ),
    ),
    gauge(
      "ssdaq_slot_completeness_ratio",
      "fraction of the built events that contain the slot, 0 to 1",
      each(({ missing }) => events.built === 0 ? 0 : 1 - missing / events.built),
    ),
    gauge(
      "ssdaq_slot_tack_offset_seconds",
      "how far the slot's TACK is ahead of the camera's; no value when the slot is absent",
      slots.flatMap(({ slot, tackOffsetMs }) =>
        tackOffsetMs === null
          ? []
          : [{ value: tackOffsetMs / 1000, labels: { slot: String(slot) } }]
      ),
    ),
    gauge(
      "ssdaq_slot_unsynchronised",
      "1 if the slot's TACK is too far from the camera's, else 0",
      each(({ unsynchronised }) => Number(unsynchronised)),
    ),
    counter("packets", "packets of the slot that were accepted", ({ packets }) => packets),
    counter("missing", "events built without the slot", ({ missing }) => missing),
    counter("late", "readouts of the slot that came too late", ({ late }) => late),
    counter("duplicate", "readouts of the slot that arrived twice", ({ duplicate }) => duplicate),
  ];
}

function levelMetrics(status: DaemonStatus): Metric[] {
  const { levels, socket, replay, publish } = status;
  const byEndpoint = (value: (state: DaemonStatus["publish"][number]) => number) =>
    publish.map((state) => ({ value: value(state), labels: { endpoint: state.endpoint } }));
  return [
    gauge("ssdaq_ring_packets", "packets waiting in the ring", [{ value: levels.ringPackets }]),
    gauge("ssdaq_ring_capacity_packets", "maximum number of packets in the ring", [
      { value: socket.ringCapacityPackets },
    ]),
    gauge("ssdaq_open_events", "events waiting for readouts", [{ value: levels.openEvents }]),
    gauge("ssdaq_held_readouts", "readouts held until the builder knows if TACK was reset", [
      { value: levels.heldReadouts },
    ]),
    gauge("ssdaq_queued_events", "events waiting to be sent", [{ value: levels.queuedEvents }]),
    gauge("ssdaq_replay_buffer_bytes", "size of the events in the replay buffer", [
      { value: replay?.bytes ?? 0 },
    ]),
    gauge("ssdaq_subscribers", "subscribers by endpoint", byEndpoint((state) => state.subscribers)),
    {
      name: "ssdaq_endpoint_undelivered_total",
      help: COUNTERS.events.undelivered,
      type: "counter",
      samples: byEndpoint((state) => state.undelivered),
    },
    {
      name: "ssdaq_endpoint_ended_connections_total",
      help: "connections of subscribers that the daemon ended, by endpoint and reason",
      type: "counter",
      samples: publish.flatMap(({ endpoint, ended }) =>
        Object.entries(ended).map(([reason, value]) => ({ value, labels: { endpoint, reason } }))
      ),
    },
  ];
}

function identityMetrics({ ssdaq, run, paused, uptimeSeconds, brokenIdentities }: DaemonStatus) {
  return [
    gauge("ssdaq_info", "version and run of this daemon", [
      { value: 1, labels: { version: ssdaq, run: String(run) } },
    ]),
    gauge("ssdaq_uptime_seconds", "time since the daemon was started", [{ value: uptimeSeconds }]),
    gauge("ssdaq_paused", "1 while publishing is paused, else 0", [
      { value: paused ? 1 : 0 },
    ]),
    gauge(
      "ssdaq_broken_identities",
      "equations of the ledger that do not hold; normal for a moment while data is processed",
      [{ value: brokenIdentities.length }],
    ),
  ];
}

function latencyMetric({ counts, sumSeconds }: LatencyHistogram): Metric {
  let below = 0;
  const ends = [...LATENCY_BUCKETS_SECONDS.map(String), "+Inf"];
  const buckets = ends.map((le, bucket) => (
    { value: below += itemAt(counts, bucket), labels: { le }, suffix: "_bucket" }
  ));
  return {
    name: "ssdaq_event_latency_seconds",
    help: "time from the arrival of an event's first packet until the event was closed",
    type: "histogram",
    samples: [
      ...buckets,
      { value: sumSeconds, suffix: "_sum" },
      { value: below, suffix: "_count" },
    ],
  };
}
