import type { UdpAddress } from "../address/udp_address.ts";
import type { Builder } from "../builder/builder.ts";
import { itemAt } from "../item_at.ts";
import { brokenIdentities, type DaemonLedger } from "../ledger/ledger.ts";
import { type MemoryParts, type MemoryStatus, memoryStatusOf } from "../memory_budget.ts";
import type { EndpointState, Publisher } from "../publisher/publisher.ts";
import type { PacketSocket } from "../receiver/packet_socket.ts";
import type { ReplayBuffer, ReplayRange } from "../replay/replay_buffer.ts";
import { VERSION } from "../version.ts";
import { SLOTS } from "../wire/camera.ts";
import type { Acquisition, PeakLevels } from "./acquisition.ts";
import type { DaemonRates } from "./rates.ts";

/** The counters and state of one module. */
export interface SlotStatus {
  /** 0..31. */
  slot: number;
  /** Time since its last packet, s; null before the first. */
  lastSeenSeconds: number | null;
  /** Over the last seconds. */
  packetsPerSecond: number;
  /** Accepted packets. */
  packets: number;
  /** Readouts in them: decoded = placed + late + duplicate, when no readout is held. */
  decoded: number;
  placed: number;
  /** Events built without it. */
  missing: number;
  late: number;
  duplicate: number;
  /** How far its TACK is ahead of the camera's, ms; below 0: behind. Null when it is absent. */
  tackOffsetMs: number | null;
  /** Whether this offset is too large for a synchronised module, over the last seconds. */
  unsynchronised: boolean;
}

/** How packets are received. */
export interface SocketStatus {
  kind: string;
  /** Kernel buffer requested and granted, bytes; null if unknown. */
  askedReceiveBufferBytes: number | null;
  receiveBufferBytes: number | null;
  /** Whether `kernelDropped` can be counted here. */
  kernelDropsKnown: boolean;
  /** Maximum number of packets in the ring. */
  ringCapacityPackets: number;
}

/** The answer to `GET /status` of a daemon. */
export interface DaemonStatus {
  /** Version. */
  ssdaq: string;
  command: "daemon";
  /** Current run. */
  run: bigint;
  /** Identifies this start of a daemon. It tells apart two runs with the same number. */
  epoch: number;
  /** When the daemon started, ISO 8601, UTC. */
  startTime: string;
  uptimeSeconds: number;
  /** Whether publishing is paused. Events are still built. */
  paused: boolean;
  /** The options in use. */
  configuration: Record<string, unknown>;
  /** Address to which the modules send. */
  listen: UdpAddress;
  /** Where events are published, and the number of subscribers. */
  publish: EndpointState[];
  socket: SocketStatus;
  ledger: DaemonLedger;
  /**
   * Time without a listening daemon since `ssdaq run` was started, until this daemon, s. Packets
   * sent in that time are in no counter. This is not a count, so it is not in the ledger.
   */
  notListeningSeconds: number;
  /**
   * Equations of the ledger that do not hold. This is normal for a moment while data is processed.
   */
  brokenIdentities: string[];
  /** Over the last seconds. */
  rates: { packetsPerSecond: number; readoutsPerSecond: number; eventsPerSecond: number };
  /** Level at each step now. */
  levels: PeakLevels & {
    /** Readouts held until the builder knows if they are strays or a TACK reset. */
    heldReadouts: number;
  };
  /** The highest levels so far. */
  peaks: PeakLevels;
  /** Events in the replay buffer; null without one. */
  replay: { maxBytes: number; bytes: number; runs: ReplayRange[] } | null;
  memory: MemoryStatus;
  /** All 32, in order. */
  slots: SlotStatus[];
}

/** The sources of a {@linkcode DaemonStatus}. */
export interface StatusSource {
  acquisition: Acquisition;
  socket: PacketSocket;
  publisher: Publisher;
  ledger: DaemonLedger;
  replay: ReplayBuffer | undefined;
  rates: DaemonRates;
  /** The most that each part of the daemon takes. */
  memory: MemoryParts;
  /** When the daemon started, wall clock. */
  startTime: Date;
  /** The same moment by the monotonic clock, ms. */
  startMs: number;
  configuration: Record<string, unknown>;
  /** What the supervisor said about the time before; undefined without one. */
  unheard?: Pick<DaemonStatus, "notListeningSeconds">;
}

/** The daemon's status at a moment. */
export function daemonStatus(source: StatusSource, nowMs: number): DaemonStatus {
  const { acquisition, socket, publisher, ledger, replay, rates } = source;
  const { builder } = acquisition;
  const recent = rates.perSecond(nowMs);
  return {
    ssdaq: VERSION,
    command: "daemon",
    run: builder.run,
    epoch: builder.epoch,
    startTime: source.startTime.toISOString(),
    uptimeSeconds: (nowMs - source.startMs) / 1000,
    paused: acquisition.paused,
    configuration: source.configuration,
    listen: socket.address,
    publish: publisher.states,
    socket: socketStatus(socket),
    ledger,
    notListeningSeconds: source.unheard?.notListeningSeconds ?? 0,
    brokenIdentities: brokenIdentities(ledger),
    rates: recent.all,
    levels: {
      ringPackets: socket.ring.length,
      openEvents: builder.openEvents,
      heldReadouts: builder.heldReadouts,
      queuedEvents: publisher.queued,
    },
    peaks: acquisition.peaks,
    replay: replay === undefined
      ? null
      : { maxBytes: replay.maxBytes, bytes: replay.bytes, runs: replay.ranges },
    memory: memoryStatusOf(source.memory),
    slots: slotStatuses(builder, nowMs, recent.packetsBySlot),
  };
}

/** The status of a socket. */
export function socketStatus(socket: PacketSocket): SocketStatus {
  return {
    kind: socket.kind,
    askedReceiveBufferBytes: socket.askedReceiveBufferBytes ?? null,
    receiveBufferBytes: socket.receiveBufferBytes ?? null,
    kernelDropsKnown: socket.kernelDropped !== undefined,
    ringCapacityPackets: socket.ring.capacity,
  };
}

/** The status of each module. */
export function slotStatuses(
  { slots: account, offsets }: Pick<Builder, "slots" | "offsets">,
  nowMs: number,
  packetsPerSecond: ArrayLike<number>,
): SlotStatus[] {
  const unsynchronised = offsets.unsynchronised(nowMs);
  return Array.from({ length: SLOTS }, (_, slot) => {
    const silentMs = nowMs - itemAt(account.lastSeenMs, slot);
    return {
      slot,
      lastSeenSeconds: silentMs === Infinity ? null : silentMs / 1000,
      packetsPerSecond: itemAt(packetsPerSecond, slot),
      packets: itemAt(account.packets, slot),
      decoded: itemAt(account.decoded, slot),
      placed: itemAt(account.placed, slot),
      missing: itemAt(account.missing, slot),
      late: itemAt(account.late, slot),
      duplicate: itemAt(account.duplicate, slot),
      tackOffsetMs: offsets.offsetMs(slot, nowMs),
      unsynchronised: ((unsynchronised >>> slot) & 1) === 1,
    };
  });
}
