import { descriptorLimit } from "../linux/descriptors.ts";
import { EVENT_BYTES } from "../wire/event.ts";

/** Events in the queue to ZeroMQ, where the options do not say it: 35 MB. */
export const MAX_QUEUED_EVENTS = 2048;

/** Events that ZeroMQ keeps for one slow subscriber, where the options do not say it: 70 MB. */
export const MAX_SUBSCRIBER_EVENTS = 4096;

/** How many subscribers may be that far behind at once, where the options do not say it. */
const SUBSCRIBERS_BEHIND = 2;

/** Connections to all endpoints together, where the options do not say it. */
const MAX_CONNECTIONS = 256;

/** They take at most this part of the descriptors: files and other connections need some. */
const DESCRIPTORS_PER_CONNECTION = 4;

/**
 * Subscriptions to an endpoint at a time. ZeroMQ keeps them in a tree with a node for each byte:
 * the longest take 6 KB.
 */
export const MAX_SUBSCRIPTIONS = 1024;
const SUBSCRIPTION_BYTES = 8 * 1024;

/** What ZeroMQ allocates for a connection: buffers to encode and decode, pipes, session. */
const CONNECTION_BYTES = 64 * 1024;

/**
 * Events may be published for this time before it is seen that subscribers are too far behind, at
 * the highest rate of about 15 000 in a second.
 */
const UNSEEN_EVENTS = 2048;

/** The options of a publisher that decide how much memory it takes. */
export interface PublisherBounds {
  maxQueuedEvents?: number;
  maxSubscriberEvents?: number;
  maxBehindEvents?: number;
  maxConnections?: number;
}

/** {@linkcode PublisherBounds} with their defaults. */
export function publisherBounds(options: PublisherBounds): Required<PublisherBounds> {
  const { maxSubscriberEvents = MAX_SUBSCRIBER_EVENTS } = options;
  return {
    maxQueuedEvents: options.maxQueuedEvents ?? MAX_QUEUED_EVENTS,
    maxSubscriberEvents,
    maxBehindEvents: options.maxBehindEvents ?? SUBSCRIBERS_BEHIND * maxSubscriberEvents,
    maxConnections: options.maxConnections ?? usualConnections(),
  };
}

/**
 * The most memory that a publisher takes for its queue, for subscribers that are behind, and for
 * connections and their subscriptions, bytes. It holds on Linux.
 */
export function publisherMemoryBytes(options: PublisherBounds & { endpoints: number }): number {
  const { maxQueuedEvents, maxBehindEvents, maxConnections } = publisherBounds(options);
  return (maxQueuedEvents + maxBehindEvents + UNSEEN_EVENTS) * EVENT_BYTES +
    maxConnections * CONNECTION_BYTES +
    options.endpoints * MAX_SUBSCRIPTIONS * SUBSCRIPTION_BYTES;
}

function usualConnections(): number {
  const part = Math.floor(descriptorLimit() / DESCRIPTORS_PER_CONNECTION);
  return Math.min(MAX_CONNECTIONS, Math.max(1, part));
}
