import { MAX_OPEN_EVENTS } from "../../../lib/builder/builder.ts";
import { publisherMemoryBytes } from "../../../lib/publisher/memory_budget.ts";
import type { PacketRing } from "../../../lib/receiver/packet_ring.ts";
import type { ReplayBuffer } from "../../../lib/replay/replay_buffer.ts";
import { EVENT_BYTES } from "../../../lib/wire/event.ts";
import { PROGRAM_BYTES } from "../../terminal/memory_line.ts";

/** What an open event takes beside its message, bytes. */
const OPEN_EVENT_BYTES = 1024;

/** The most memory that the parts of a daemon take, without its control port, bytes. */
export function daemonMemory(
  { ring, replay, endpoints }: {
    ring: PacketRing;
    replay: ReplayBuffer | undefined;
    /** Number of endpoints on which it publishes. */
    endpoints: number;
  },
): Record<string, number> {
  return {
    program: PROGRAM_BYTES,
    packets: ring.buffer.byteLength,
    "open events": MAX_OPEN_EVENTS * (EVENT_BYTES + OPEN_EVENT_BYTES),
    subscribers: publisherMemoryBytes({ endpoints }),
    ...(replay !== undefined && { replay: replay.maxBytes }),
  };
}
