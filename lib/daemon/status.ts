import { itemAt } from "../item_at.ts";
import type { Acquisition, PeakLevels } from "./acquisition.ts";
import type { Builder } from "../builder/builder.ts";
import { SLOTS } from "../wire/camera.ts";
import { brokenIdentities, type DaemonLedger } from "../ledger/ledger.ts";
import type { EndpointState, Publisher } from "../publisher/publisher.ts";
import type { ReplayBuffer, ReplayRange } from "../replay/replay_buffer.ts";
import type { UdpAddress } from "../address/udp_address.ts";
import type { PacketSocket } from "../receiver/packet_socket.ts";
import { VERSION } from "../version.ts";
import type { DaemonRates } from "./rates.ts";

/** What one module of the camera did. */
export interface SlotStatus {
  /** 0..31. */
  slot: number;
  /** How long ago its last packet came, s; null when none has. */
  lastSeenSeconds: number | null;
  /** Over the last seconds. */
  packetsPerSecond: number;
  /** Accepted packets. */
  packets: number;
  /** Readouts in them: decoded = placed + late + duplicate, when nothing is held. */
  decoded: number;
  placed: number;
  /** Events that were built without it. */
  missing: number;
  late: number;
  duplicate: number;
  /** How far its TACK is ahead of the camera's, ms, below 0 behind; null when it is silent. */
  tackOffsetMs: number | null;
  /** Whether that is more than a module's that is synchronised, over the last seconds. */
  unsynchronised: boolean;
}

/** How packets are received. */
export interface SocketStatus {
  kind: string;
  /** Kernel buffer asked for and granted, bytes; null where neither can be known. */
  askedReceiveBufferBytes: number | null;
  receiveBufferBytes: number | null;
  /** Whether `kernelDropped` is counted at all. */
  kernelDropsKnown: boolean;
  /** Packets the ring holds. */
  ringCapacityPackets: number;
}

/** What `GET /status` of a daemon answers. */
export interface DaemonStatus {
  /** Version. */
  ssdaq: string;
  command: "daemon";
  /** Run that events belong to now. */
  run: bigint;
  /** Which start of a daemon numbers them: tells it from another run of that number. */
  epoch: number;
  /** When the daemon started, ISO 8601, UTC. */
  startTime: string;
  uptimeSeconds: number;
  /** Whether events are built, but not published. */
  paused: boolean;
  /** The options it runs with. */
  configuration: Record<string, unknown>;
  /** Where the modules send to. */
  listen: UdpAddress;
  /** Where events are published, and to how many. */
  publish: EndpointState[];
  socket: SocketStatus;
  ledger: DaemonLedger;
  /**
   * For how long no daemon listened until this one did, since `ssdaq run` was started, s: packets sent
   * meanwhile are in no counter. Seconds are no count of things, so that they stand beside the ledger.
   */
  notListeningSeconds: number;
  /** Equations of the ledger that do not hold: in the midst of work, some do not for a moment. */
  brokenIdentities: string[];
  /** Over the last seconds. */
  rates: { packetsPerSecond: number; readoutsPerSecond: number; eventsPerSecond: number };
  /** What waits at each step now. */
  levels: PeakLevels & {
    /** Readouts held until it is known whether they are strays or a TACK reset. */
    heldReadouts: number;
  };
  /** The most that ever waited. */
  peaks: PeakLevels;
  /** What can be asked for again; null without a replay buffer. */
  replay: { maxBytes: number; bytes: number; runs: ReplayRange[] } | null;
  /** All 32, in order. */
  slots: SlotStatus[];
}

/** What a {@linkcode DaemonStatus} is taken from. */
export interface StatusSource {
  acquisition: Acquisition;
  socket: PacketSocket;
  publisher: Publisher;
  ledger: DaemonLedger;
  replay: ReplayBuffer | undefined;
  rates: DaemonRates;
  /** When the daemon started, by the wall clock. */
  startTime: Date;
  /** The same by the monotonic one, ms. */
  startMs: number;
  configuration: Record<string, unknown>;
  /** What the supervisor has said of the time before; nothing without one. */
  unheard?: Pick<DaemonStatus, "notListeningSeconds">;
}

/** The daemon's state at a moment. */
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
    slots: slotStatuses(builder, nowMs, recent.packetsBySlot),
  };
}

/** How a socket receives. */
export function socketStatus(socket: PacketSocket): SocketStatus {
  return {
    kind: socket.kind,
    askedReceiveBufferBytes: socket.askedReceiveBufferBytes ?? null,
    receiveBufferBytes: socket.receiveBufferBytes ?? null,
    kernelDropsKnown: socket.kernelDropped !== undefined,
    ringCapacityPackets: socket.ring.capacity,
  };
}

/** What each module did. */
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
