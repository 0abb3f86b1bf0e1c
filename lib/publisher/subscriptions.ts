/** First byte of a subscription message to an XPUB socket. The rest is the topic. */
const SUBSCRIBE = 1;
const UNSUBSCRIBE = 0;

/**
 * Counts the subscriptions of one socket from the messages of its subscribers.
 *
 * ZeroMQ does not say who sent a message, and passes on the end of a subscription that never began.
 * Such an end is ignored, so the count is never negative. Subscriptions to all messages (the empty
 * topic, as every listener of events has) and to others are counted apart: ends of other topics
 * change nothing for them. A peer that lies about the empty topic can make the count too small, but
 * never smaller than 0.
 */
export class Subscriptions {
  #toAll = 0;
  #toTopics = 0;

  /** Number of subscriptions to all messages now. */
  get toAll(): number {
    return this.#toAll;
  }

  /** Number of all subscriptions now, also of those to topics, which no event has. */
  get count(): number {
    return this.#toAll + this.#toTopics;
  }

  /**
   * Takes a message of a subscriber.
   *
   * @returns what it did to the subscriptions to all messages; undefined if nothing
   */
  take(message: Uint8Array): "joined" | "left" | undefined {
    const [kind] = message;
    if (kind !== SUBSCRIBE && kind !== UNSUBSCRIBE) return undefined;
    const isToAll = message.length === 1;
    const before = isToAll ? this.#toAll : this.#toTopics;
    if (kind === UNSUBSCRIBE && before === 0) return undefined;
    const after = before + (kind === SUBSCRIBE ? 1 : -1);
    if (isToAll) this.#toAll = after;
    else this.#toTopics = after;
    if (!isToAll) return undefined;
    return kind === SUBSCRIBE ? "joined" : "left";
  }
}
