import { hostPort } from "../../../lib/address/ip_address.ts";
import { Acquisition } from "../../../lib/daemon/acquisition.ts";
import { DaemonRates } from "../../../lib/daemon/rates.ts";
import { daemonRoutes } from "../../../lib/daemon/routes.ts";
import { daemonStatus, type StatusSource } from "../../../lib/daemon/status.ts";
import { controlMemoryBytes } from "../../../lib/http/control_memory.ts";
import { ControlServer } from "../../../lib/http/server.ts";
import {
  brokenIdentities,
  type DaemonLedger,
  newDaemonLedger,
} from "../../../lib/ledger/ledger.ts";
import { Publisher } from "../../../lib/publisher/publisher.ts";
import { LINGER_MS } from "../../../lib/publisher/publishing_socket.ts";
import { openPacketSocket } from "../../../lib/receiver/open_packet_socket.ts";
import type { PacketSocket } from "../../../lib/receiver/packet_socket.ts";
import { ReplayBuffer } from "../../../lib/replay/replay_buffer.ts";
import { stoppingPoint } from "../../../lib/stopping_point.ts";
import { formatByteSize } from "../../../lib/text/byte_size.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import { liveStatusOf } from "../../../lib/view/protocol/live_status.ts";
import { LiveView } from "../../../lib/view/server/live_view.ts";
import { countSlots } from "../../../lib/wire/camera.ts";
import { newEpoch } from "../../../lib/wire/run_id.ts";
import { defineCommand } from "../../command.ts";
import { controlAccess } from "../../options/control_options.ts";
import { DEFAULT_ENDPOINT } from "../../options/endpoint.ts";
import { failureOf } from "../../process/failure_of.ts";
import { memoryLine } from "../../terminal/memory_line.ts";
import { Supervisor } from "../../process/supervisor.ts";
import { adviceOn } from "../../terminal/advice.ts";
import { count, ledgerText, percent } from "../../terminal/format.ts";
import { Rate, StatusLoop } from "../../terminal/status_loop.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { daemonMemory } from "./daemon_memory.ts";
import { builderOptions, daemonOptions, modulesOf } from "./options.ts";

/** `ssdaq daemon`: receives packets, builds events, publishes them. */
export const daemon = defineCommand({
  name: "daemon",
  summary: "receive the modules' packets, build events and publish them",
  usage: "daemon [options]",
  maxOperands: 0,
  endsWithAccount: true,
  options: daemonOptions,
  examples: [
    ["ssdaq daemon", "receive on 0.0.0.0:2009, publish on " + DEFAULT_ENDPOINT],
    ["ssdaq daemon -l 2010 -p 5556", "receive and publish on other ports"],
    ["ssdaq daemon --control off --replay-buffer off", "without control port and replay buffer"],
    [
      "ssdaq daemon -p 5555 -p 'tcp://*:9004=readout'",
      "publish events for this host, and readouts for all hosts",
    ],
    [
      "ssdaq daemon -l '[::]:2009' --module fd00::101=0 --module 172.18.0.7=1",
      "two modules by their addresses, IPv6 and IPv4",
    ],
  ],
  async run({ values, terminal, signal }) {
    const startMs = performance.now();
    const startTime = new Date();
    const ledger = newDaemonLedger();
    const run = values.run ?? BigInt(Math.floor(Date.now() / 1000));
    const { log } = terminal;
    const unheard = { notListeningSeconds: 0 };
    await using supervisor = await Supervisor.connect(log, ({ unheardMs, unheardTotalMs = 0 }) => {
      if (unheardMs === undefined) return;
      unheard.notListeningSeconds = unheardTotalMs / 1000;
      if (unheardMs > 0) terminal.warning(unheardText(unheardMs, unheardTotalMs));
    });
    const access = controlAccess(values);
    // Readout messages have no run number, so that clients cannot ask for them again. Without a
    // control port there are no clients.
    const formats = values.publish.map(({ format = values.format }) => format);
    const isAsked = access !== undefined && formats.includes("event");
    const replay = values.replayBuffer === undefined || !isAsked
      ? undefined
      : new ReplayBuffer(values.replayBuffer);
    await using socket = openPacketSocket(values.listen, { kind: values.socket, log });
    stoppingPoint("daemon.listening");
    supervisor?.report({ listening: true });
    await using publisher = await Publisher.bind(
      { endpoints: values.publish, format: values.format, log },
      ledger,
    );
    stoppingPoint("daemon.publishing");
    const acquisition = new Acquisition({
      socket,
      publisher,
      replay,
      ledger,
      builder: { run, epoch: newEpoch(), ...builderOptions(values) },
      modules: modulesOf(values),
      byteOrder: values.byteOrder,
      onEvents: (events) => live?.push(events),
      log,
    });
    using rates = new DaemonRates(ledger, acquisition.builder.slots);
    const endpoints = values.publish.length;
    const memory = daemonMemory({ ring: socket.ring, replay, endpoints });
    const source: StatusSource = {
      ...{
        acquisition,
        socket,
        publisher,
        ledger,
        replay,
        rates,
        memory,
        startTime,
        startMs,
        unheard,
      },
      configuration: configurationOf(values),
    };
    using live = access && new LiveView({
      status: () => liveStatusOf(daemonStatus(source, performance.now()), values.badPixel),
      lastSeenMs: acquisition.builder.slots.lastSeenMs,
    });
    const routes = [...daemonRoutes(source), ...live?.routes ?? []];
    if (access !== undefined) memory["control port"] = controlMemoryBytes(routes);
    await using control = access && ControlServer.start({
      ...access,
      routes,
      log,
      advise: adviceOn,
    });
    logStart(terminal, socket, publisher, run, control);
    terminal.info(memoryLine(memory));
    const line = statusLine(acquisition, socket, publisher, ledger);
    supervisor?.ready(
      { publish: publisher.states, control: control?.url },
      () => ({ alive: line(), stuck: acquisition.stuck }),
    );
    const stop = supervisor === undefined ? signal : AbortSignal.any([signal, supervisor.drain]);
    let failure: unknown;
    {
      using _status = new StatusLoop(terminal, statusLine(acquisition, socket, publisher, ledger));
      failure = await failureOf(() => acquisition.run(stop));
    }
    if (failure === undefined) await supervisor?.stay(signal, log);
    const delivery = failure === undefined ? await publisher.deliver() : "unknown";
    stoppingPoint("daemon.delivered");
    const broken = brokenIdentities(ledger);
    const elapsedMs = performance.now() - startMs;
    const status = daemonStatus(source, performance.now());
    return {
      ok: broken.length === 0,
      failure,
      deliversMs: delivery === "unknown" ? LINGER_MS : 0,
      data: {
        command: "daemon",
        run: status.run,
        elapsedMs,
        listen: status.listen,
        publish: status.publish,
        socket: status.socket,
        peaks: status.peaks,
        ledger,
        notListeningSeconds: status.notListeningSeconds,
        brokenIdentities: broken,
        slots: status.slots,
      },
      text: `run ${status.run}, ${formatDuration(elapsedMs)}\n${ledgerText(ledger)}`,
    };
  },
});

function unheardText(unheardMs: number, totalMs: number): string {
  return `no daemon listened for ${
    formatDuration(unheardMs)
  } before this one: no counter has the packets ` +
    "of that time" +
    (totalMs > unheardMs ? ` (${formatDuration(totalMs)} in all)` : "");
}

/** The options for the status, with their names on the command line. */
function configurationOf(values: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.keys(daemon.options).map((name) => [name, values[name] ?? null]);
  return Object.fromEntries(entries);
}

function logStart(
  terminal: Terminal,
  { kind, address, askedReceiveBufferBytes = 0, receiveBufferBytes, kernelDropped }: PacketSocket,
  { states }: Publisher,
  run: bigint,
  control: ControlServer | undefined,
): void {
  const buffer = receiveBufferBytes === undefined
    ? ""
    : `, kernel buffer ${formatByteSize(receiveBufferBytes)}`;
  terminal.info(`receiving on udp://${hostPort(address)} (${kind}${buffer})`);
  if (receiveBufferBytes !== undefined && receiveBufferBytes < askedReceiveBufferBytes) {
    terminal.warning(
      `the kernel gave less than the requested ${formatByteSize(askedReceiveBufferBytes)}; ` +
        `for high rates: sudo sysctl -w net.core.rmem_max=${askedReceiveBufferBytes}`,
    );
  }
  if (control !== undefined) terminal.info(`control on ${control.url}`);
  const places = states.map(({ endpoint, format }) => `${endpoint} (${format})`);
  terminal.info(`publishing run ${run} on ${places.join(" and ")}`);
  if (kernelDropped === undefined) {
    terminal.warning(
      "this socket does not know how many packets the kernel drops: kernelDropped stays 0",
    );
  }
}

function statusLine(
  { builder }: Acquisition,
  { ring }: PacketSocket,
  publisher: Publisher,
  { packets, readouts, events }: DaemonLedger,
): () => string {
  const rate = new Rate();
  return () => {
    const lost = packets.malformed + packets.unknownSource + packets.kernelDropped +
      readouts.late + readouts.duplicate + events.unsent;
    return `${count(rate.look(packets.received))} packets/s | ` +
      `${countSlots(builder.heardSlots(performance.now()))} modules | ` +
      `${count(events.built)} events, ${percent(events.complete, events.built)} complete | ` +
      `ring ${
        percent(ring.length, ring.capacity)
      } | open ${builder.openEvents} | queue ${publisher.queued} | ` +
      `${publisher.subscribers} subscribers` +
      (lost > 0 ? ` | refused or lost ${count(lost)}` : "");
  };
}
