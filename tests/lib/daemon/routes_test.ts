import { Acquisition } from "../../../lib/daemon/acquisition.ts";
import { DaemonRates } from "../../../lib/daemon/rates.ts";
import { daemonRoutes } from "../../../lib/daemon/routes.ts";
import type { DaemonStatus } from "../../../lib/daemon/status.ts";
import { metricsAnswer } from "../../../lib/http/metrics_answer.ts";
import { ControlServer } from "../../../lib/http/server.ts";
import {
  COUNTERS,
  DAEMON_SECTIONS,
  newDaemonLedger,
  newRecorderLedger,
} from "../../../lib/ledger/ledger.ts";
import { Publisher } from "../../../lib/publisher/publisher.ts";
import { openPacketSocket } from "../../../lib/receiver/open_packet_socket.ts";
import { recorderMetrics } from "../../../lib/recorder/metrics.ts";
import type { RecorderStatus } from "../../../lib/recorder/status.ts";
import { MAX_EVENTS_PER_ANSWER } from "../../../lib/replay/events_answer.ts";
import { ReplayBuffer } from "../../../lib/replay/replay_buffer.ts";
import { fromJson, toJson } from "../../../lib/text/json.ts";
import { VERSION } from "../../../lib/version.ts";
import { EVENT_BYTES } from "../../../lib/wire/event.ts";
import { Simulator } from "../../../sim/simulator.ts";
import { assert, assertEquals, assertGreater } from "../../assert.ts";
import { allCaptured } from "../../captured.ts";
import { nth } from "../../elements.ts";
import { waitFor } from "../../wait_for.ts";
import { parsePrometheusText } from "../http/prometheus_text.ts";

const RUN = 2n ** 60n + 1n;
const EPOCH = 0xfedcba98;

/** A daemon's parts, with its control port. */
async function startDaemonParts(options: { replayEvents?: number } = {}) {
  const { replayEvents = 2000 } = options;
  const ledger = newDaemonLedger();
  const replay = replayEvents === 0 ? undefined : new ReplayBuffer(replayEvents * EVENT_BYTES);
  const socket = openPacketSocket({ hostname: "127.0.0.1", port: 0 });
  const publisher = await Publisher.bind({ endpoints: ["tcp://127.0.0.1:*"] }, ledger);
  const acquisition = new Acquisition({
    ...{ socket, publisher, ledger, ...replay && { replay } },
    // Half a period of the fastest simulated module.
    builder: { run: RUN, epoch: EPOCH, windowNs: 500_000 },
  });
  const rates = new DaemonRates(ledger, acquisition.builder.slots);
  const server = ControlServer.start({
    address: { hostname: "127.0.0.1", port: 0 },
    routes: daemonRoutes({
      ...{ acquisition, socket, publisher, ledger, replay, rates },
      memory: { program: 1000, "replay buffer": 24 },
      startTime: new Date(1_700_000_000_000),
      startMs: performance.now(),
      configuration: { window: 10 },
    }),
  });
  const controller = new AbortController();
  const running = acquisition.run(controller.signal);
  const call = async (method: string, path: string) => {
    const answer = await fetch(server.url + path, { method });
    return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) };
  };
  const json = async (method: string, path: string) =>
    fromJson(new TextDecoder().decode((await call(method, path)).bytes)) as unknown;
  const stop = () => {
    controller.abort();
    return running;
  };
  return {
    ...{ acquisition, ledger, replay, call, json, stop },
    status: async () => await json("GET", "/status") as DaemonStatus,
    /** Sends readouts from all 32 modules, or some, and waits until they are in events. */
    async simulate(readouts: number, modules = 32): Promise<void> {
      const built = ledger.events.built + readouts;
      const settings = { target: socket.address, modules, readouts, rate: 40, speed: Infinity };
      await new Simulator(settings).run();
      await waitFor("the events", () => ledger.events.built === built);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      rates[Symbol.dispose]();
      await server.close();
      await publisher.close();
    },
  };
}

Deno.test("GET /status tells the run, the account, each slot and what can be replayed", async () => {
  await using parts = await startDaemonParts();
  await parts.simulate(30, 31);
  const status = await parts.status();
  assertEquals([status.command, status.run, status.paused], ["daemon", RUN, false]);
  assertEquals(status.epoch, EPOCH);
  assertEquals(status.startTime, "2023-11-14T22:13:20.000Z");
  assertEquals(status.configuration, { window: 10 });
  assertEquals(status.ledger.packets.received, 31 * 3);
  assertEquals(status.ledger.events, { ...parts.ledger.events });
  assertEquals(status.brokenIdentities, []);
  assertEquals(status.levels, { ringPackets: 0, openEvents: 0, heldReadouts: 0, queuedEvents: 0 });
  assertGreater(status.rates.packetsPerSecond, 0);
  assertEquals(toJson(status.replay?.runs), `[{"run":${RUN},"epoch":${EPOCH},"from":1,"to":30}]`);
  const { slots } = status;
  assertEquals(slots.map(({ slot }) => slot), Array.from({ length: 32 }, (_, slot) => slot));
  const [heard, silent] = [nth(slots, 30), nth(slots, 31)];
  const { lastSeenSeconds, packetsPerSecond, tackOffsetMs, unsynchronised, ...counts } = heard;
  const none = { late: 0, duplicate: 0 };
  assertEquals(counts, { slot: 30, packets: 3, decoded: 30, placed: 30, missing: 0, ...none });
  assert(lastSeenSeconds !== null && lastSeenSeconds >= 0 && lastSeenSeconds < 60);
  assertGreater(packetsPerSecond, 0);
  assertEquals([silent.lastSeenSeconds, silent.packets], [null, 0]);
  assertEquals([typeof tackOffsetMs, unsynchronised], ["number", false]);
  assertEquals([silent.tackOffsetMs, silent.unsynchronised], [null, false]);
});

Deno.test("GET /events gives the published messages byte for byte, in pages", async () => {
  await using parts = await startDaemonParts();
  const total = MAX_EVENTS_PER_ANSWER + 88;
  await parts.simulate(total);
  const [whole = new Uint8Array()] = parts.replay?.pieces({ run: RUN }, 1n) ?? [];
  assertEquals(whole.length, total * EVENT_BYTES);
  const events = async (query: string) => (await parts.call("GET", `/events?${query}`)).bytes;
  const slice = (from: number, to: number) =>
    whole.subarray((from - 1) * EVENT_BYTES, to * EVENT_BYTES);
  const firstPage = await events(`run=${RUN}&from=1`);
  assertEquals(firstPage.length, MAX_EVENTS_PER_ANSWER * EVENT_BYTES);
  assert(equal(firstPage, slice(1, MAX_EVENTS_PER_ANSWER)));
  assert(
    equal(
      await events(`run=${RUN}&from=${MAX_EVENTS_PER_ANSWER + 1}`),
      slice(MAX_EVENTS_PER_ANSWER + 1, total),
    ),
  );
  assert(equal(await events(`to=12&from=10&run=${RUN}`), slice(10, 12)));
  assertEquals((await events(`run=${RUN}&from=${total + 1}`)).length, 0);
  assertEquals((await events(`run=${RUN}&from=12&to=10`)).length, 0);
  assertEquals((await events(`run=7&from=1`)).length, 0);
});

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

Deno.test("GET /events refuses a query that is none, and is empty without a replay buffer", async () => {
  await using parts = await startDaemonParts({ replayEvents: 0 });
  await parts.simulate(3);
  for (
    const query of [
      ...[
        "",
        "run=1",
        "from=1",
        "run=1&from=-1",
        "run=1&from=1e3",
        "run=1&from=0x1",
        "run=&from=1",
      ],
      ...["run=1&from=18446744073709551616", "run=1&from=1&to=x", "run=1&from=1&from=2"],
      ...["run=1&from=1&max=5", "run=1%00&from=1"],
    ]
  ) {
    assertEquals((await parts.call("GET", `/events?${query}`)).status, 400, query);
  }
  const { status, bytes } = await parts.call("GET", `/events?run=${RUN}&from=1`);
  assertEquals([status, bytes.length], [200, 0]);
  assertEquals((await parts.status()).replay, null);
});

Deno.test("GET /events gives the events of one epoch alone, when it is told which", async () => {
  await using parts = await startDaemonParts();
  await parts.simulate(3);
  const countOf = async (query: string) =>
    (await parts.call("GET", `/events?run=${RUN}&from=1${query}`)).bytes.length / EVENT_BYTES;
  assertEquals(await countOf(""), 3);
  assertEquals(await countOf(`&epoch=${EPOCH}`), 3);
  assertEquals(await countOf("&epoch=1"), 0);
  assertEquals(
    (await parts.call("GET", `/events?run=${RUN}&from=1&epoch=${2n ** 32n}`)).status,
    400,
  );
});

Deno.test("POST /pause, /resume and /reset-count under load: every event is published or counted", async () => {
  await using parts = await startDaemonParts({ replayEvents: 20_000 });
  const { ledger } = parts;
  const load = new AbortController();
  const sent = new Simulator({
    target: (await parts.status()).listen,
    rate: 1000,
    readoutsPerPacket: 1,
    speed: 1,
  }).run(load.signal);
  await waitFor("events", () => ledger.events.published > 20);
  assertEquals(await parts.json("POST", "/pause"), { run: RUN, paused: true });
  const { published } = ledger.events;
  await waitFor("paused events", () => ledger.events.paused > 20);
  // One may have been on its way.
  assert(ledger.events.published <= published + 1);
  assertEquals((await parts.status()).paused, true);
  const { run } = await parts.json("POST", "/reset-count") as { run: bigint };
  assertEquals(run, RUN + 1n);
  const pausedBefore = ledger.events.paused;
  await waitFor("paused events of the new run", () => ledger.events.paused > pausedBefore + 20);
  assertEquals(await parts.json("POST", "/resume"), { run, paused: false });
  await waitFor("more events", () => ledger.events.published > published + 50);
  load.abort();
  const { readoutsSent } = await sent;
  await waitFor("all readouts", () => ledger.readouts.decoded === readoutsSent);
  await parts.stop();
  const { built, paused, unsent } = ledger.events;
  assertEquals(ledger.events.published, built - paused - unsent);
  // What was paused is not to be had later either.
  const kept = parts.replay?.length ?? 0;
  assertEquals(kept, ledger.events.published);
  const second = parts.replay?.ranges.find((range) => range.run === run);
  assertGreater(Number(second?.from), 1);
});

Deno.test("GET /healthz is 200 while it acquires, and 503 afterwards", async () => {
  await using parts = await startDaemonParts();
  assertEquals((await parts.call("GET", "/healthz")).status, 200);
  await parts.stop();
  const { status, bytes } = await parts.call("GET", "/healthz");
  assertEquals([status, new TextDecoder().decode(bytes)], [503, "acquisition: ended\n"]);
});

Deno.test("GET /metrics has every counter in the ledger's words, each slot, and the latencies", async () => {
  await using parts = await startDaemonParts();
  await parts.simulate(30, 31);
  const { ledger: { events } } = parts;
  const scraped = parsePrometheusText(
    new TextDecoder().decode((await parts.call("GET", "/metrics")).bytes),
  );
  for (const section of DAEMON_SECTIONS) {
    const counts: Record<string, number> = parts.ledger[section];
    for (const [name, words] of Object.entries(COUNTERS[section])) {
      const told = `ssdaq_${section}_${name.replace(/[A-Z]/g, "_$&").toLowerCase()}_total`;
      const metric = scraped.get(told);
      assert(metric !== undefined, told);
      assertEquals([metric.type, metric.help], ["counter", words]);
      assertEquals(metric.samples.get(told), counts[name], told);
    }
  }
  const valueOf = (name: string, labels = "") => scraped.get(name)?.samples.get(name + labels);
  assertEquals(valueOf("ssdaq_packets_received_total"), 31 * 3);
  assertEquals(valueOf("ssdaq_slot_packets_total", '{slot="30"}'), 3);
  assertEquals(valueOf("ssdaq_slot_missing_total", '{slot="31"}'), events.built);
  assertEquals(valueOf("ssdaq_slot_completeness_ratio", '{slot="31"}'), 0);
  assertEquals(valueOf("ssdaq_slot_completeness_ratio", '{slot="0"}'), 1);
  assertEquals(scraped.get("ssdaq_slot_age_seconds")?.samples.size, 31);
  const latency = scraped.get("ssdaq_event_latency_seconds")?.samples;
  assertEquals(latency?.get("ssdaq_event_latency_seconds_count"), events.built);
  // Without module 31, events are closed by their deadline, 2 s after their first packet.
  assertEquals(latency?.get('ssdaq_event_latency_seconds_bucket{le="1"}'), 0);
  assertEquals(valueOf("ssdaq_info", `{version="${VERSION}",run="${RUN}"}`), 1);
});

/** A recorder that lags by 3 s. */
const RECORDING: RecorderStatus = {
  ...{ ssdaq: VERSION, command: "record", uptimeSeconds: 60, connections: 1, brokenIdentities: [] },
  ...{ ledger: newRecorderLedger(), eventsPerSecond: 9.5, lastStoredSeconds: 0.2, lagSeconds: 3 },
  problems: ["disk: 1.0 GiB free, enough for 5 min at this rate"],
  ...{ file: { path: "a.h5", rows: 7, bytes: 4096 }, files: 2, openFiles: 1 },
  diskFreeBytes: 5e9,
  memory: { budgetBytes: 3000, parts: { program: 3000 }, residentBytes: 2000 },
};

Deno.test("a recorder's metrics have every counter in the ledger's words, its file, lag and disk", async () => {
  const ledger = newRecorderLedger();
  ledger.recorder.missed = 4;
  const status = { ...RECORDING, ledger };
  const scraped = parsePrometheusText(await metricsAnswer(recorderMetrics(status)).text());
  for (const section of ["recorder", "refused"] as const) {
    for (const [name, words] of Object.entries(COUNTERS[section])) {
      assertEquals(scraped.get(`ssdaq_${section}_${name}_total`)?.help, words);
    }
  }
  const valueOf = (name: string) => scraped.get(name)?.samples.get(name);
  assertEquals(
    [
      ...["ssdaq_recorder_missed_total", "ssdaq_recorder_lag_seconds"],
      ...["ssdaq_recorder_file_events", "ssdaq_recorder_file_bytes", "ssdaq_recorder_files_total"],
      ...["ssdaq_recorder_disk_free_bytes", "ssdaq_recorder_events_per_second"],
      ...["ssdaq_recorder_problems", "ssdaq_memory_budget_bytes", "ssdaq_memory_resident_bytes"],
    ].map(valueOf),
    [4, 3, 7, 4096, 2, 5e9, 9.5, 1, 3000, 2000],
  );
  const before = { ...RECORDING, lastStoredSeconds: null, lagSeconds: null, diskFreeBytes: null };
  const unknown = parsePrometheusText(await metricsAnswer(recorderMetrics(before)).text());
  assertEquals(unknown.get("ssdaq_recorder_lag_seconds")?.samples.size, 0);
});

Deno.test("the alert rules and the dashboard name only metrics that a daemon or a recorder has", async () => {
  await using parts = await startDaemonParts();
  await parts.simulate(10);
  const answer = await parts.call("GET", "/metrics");
  const recorder = await metricsAnswer(recorderMetrics(RECORDING)).text();
  const known = new Set(
    [new TextDecoder().decode(answer.bytes), recorder].flatMap((text) =>
      [...parsePrometheusText(text).values()].flatMap(({ samples }) =>
        [...samples.keys()].map((series) => series.replace(/\{.*/, ""))
      )
    ),
  );
  const folder = new URL("../../../packaging/", import.meta.url);
  const read = (path: string) => Deno.readTextFileSync(new URL(path, folder));
  const dashboard = JSON.parse(read("grafana/ssdaq.json"));
  const drawn: string[] = dashboard.panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
    targets.map(({ expr }) => expr)
  );
  const watched = allCaptured(read("prometheus/alerts.yml"), /^ +expr: (.*)$/gm);
  assert(drawn.length > 15 && watched.length > 8);
  for (const expr of [...drawn, ...watched]) {
    const names = expr.match(/ssdaq_\w+/g) ?? [];
    assert(names.length > 0, expr);
    for (const name of names) assert(known.has(name), `${name} in ${expr}`);
  }
});
