import { EVENT_BYTES } from "../wire/event.ts";

/** Events that ZeroMQ keeps until they are taken, where the options do not say it: 139 MB. */
export const MAX_WAITING_EVENTS = 8192;

/**
 * The longest frame that a publisher may send. ZeroMQ ends the connection of a publisher that sends
 * a longer one. It is longer than an event, so that a message of a wrong length is counted.
 */
export const MAX_FRAME_BYTES = 20 * 1024;

/** What a message without an end may take before it is seen. */
const UNSEEN_BYTES = 64 * 2 ** 20;

/** Options of a listener that decide how much memory it takes. */
export interface ListenerBounds {
  maxWaitingEvents?: number;
  endpoints: number;
}

/**
 * The most memory that a listener takes for messages that wait, bytes: those of ssdaq, and those of
 * a stranger that publishes what it likes. It holds on Linux. ZeroMQ keeps the number of messages
 * for each endpoint.
 */
export function listenerMemoryBytes({ maxWaitingEvents, endpoints }: ListenerBounds): number {
  const perEndpoint = (maxWaitingEvents ?? MAX_WAITING_EVENTS) *
    Math.max(EVENT_BYTES, MAX_FRAME_BYTES);
  return endpoints * perEndpoint + UNSEEN_BYTES;
}
