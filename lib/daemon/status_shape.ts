import { DAEMON_SECTIONS, ledgerIn } from "../ledger/ledger.ts";
import type { MemoryStatus } from "../memory_budget.ts";
import type { EndedConnections, EndpointState } from "../publisher/publisher.ts";
import { EPOCH, REPLAY_RANGE } from "../replay/replay_range_shape.ts";
import {
  count,
  integer,
  listOf,
  number,
  objectOf,
  oneOf,
  orNull,
  recordOf,
  type Shape,
  text,
  truth,
} from "../text/shape.ts";
import { SLOTS } from "../wire/camera.ts";
import type { DaemonStatus, SlotStatus, SocketStatus } from "./status.ts";

/** The answer to `POST /pause`, `/resume` and `/reset-count` of a daemon. */
export const DAEMON_STATE: Shape<Pick<DaemonStatus, "run" | "paused">> = objectOf({
  run: integer,
  paused: truth,
});

const ENDED_CONNECTIONS = objectOf<EndedConnections>({
  crowded: count,
  silent: count,
  talkative: count,
  behind: count,
});

const MEMORY: Shape<MemoryStatus> = objectOf<MemoryStatus>({
  budgetBytes: count,
  parts: recordOf(count),
  residentBytes: count,
});

const WAITING = { ringPackets: count, openEvents: count, queuedEvents: count };

/** The answer to `GET /status` of a daemon. */
export const DAEMON_STATUS: Shape<DaemonStatus> = objectOf<DaemonStatus>({
  ssdaq: text,
  command: oneOf("daemon"),
  run: integer,
  epoch: EPOCH,
  startTime: text,
  uptimeSeconds: number,
  // Values that an older daemon does not send are 0 or unknown.
  notListeningSeconds: (value = 0, place) => number(value, place),
  paused: truth,
  configuration: recordOf((value) => value),
  listen: objectOf({ hostname: text, port: count }),
  publish: listOf(objectOf<EndpointState>({
    endpoint: text,
    format: oneOf("event", "readout"),
    subscribers: count,
    joined: count,
    left: count,
    undelivered: count,
    // An older daemon ends no connection.
    ended: (value = { crowded: 0, silent: 0, talkative: 0, behind: 0 }, place) =>
      ENDED_CONNECTIONS(value, place),
  })),
  socket: objectOf<SocketStatus>({
    kind: text,
    askedReceiveBufferBytes: orNull(count),
    receiveBufferBytes: orNull(count),
    kernelDropsKnown: truth,
    ringCapacityPackets: count,
  }),
  ledger: (value) => ledgerIn(value, DAEMON_SECTIONS),
  brokenIdentities: listOf(text),
  rates: objectOf({ packetsPerSecond: number, readoutsPerSecond: number, eventsPerSecond: number }),
  levels: objectOf({ ...WAITING, heldReadouts: count }),
  peaks: objectOf(WAITING),
  replay: orNull(objectOf({ maxBytes: count, bytes: count, runs: listOf(REPLAY_RANGE) })),
  // An older daemon does not tell its memory.
  memory: (value = { budgetBytes: 0, parts: {}, residentBytes: 0 }, place) => MEMORY(value, place),
  slots: listOf(
    objectOf<SlotStatus>({
      slot: count,
      lastSeenSeconds: orNull(number),
      packetsPerSecond: number,
      packets: count,
      decoded: count,
      placed: count,
      missing: count,
      late: count,
      duplicate: count,
      tackOffsetMs: (value = null, place) => orNull(number)(value, place),
      unsynchronised: (value = false, place) => truth(value, place),
    }),
    SLOTS,
  ),
});
