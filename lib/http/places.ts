/** Maximum number of simultaneous requests for all routes without their own places. */
export const SHARED_PLACES = 32;

/** The same for routes that want no token. They cannot delay the others. */
export const OPEN_PLACES = 16;

/** Maximum number of requests with a body. No route needs one, and a client may never finish it. */
export const BODY_PLACES = 16;

/** Places for health checks. They must not wait behind other requests; there are few of them. */
export const HEALTH_PLACES = 8;

/** Places for status requests: from watchers, and from recorders before they ask for events. */
export const STATUS_PLACES = 16;

/** A bounded number of places. A request that finds none is refused; it does not wait. */
export class Places {
  /** Total number of places. */
  readonly most: number;
  #taken = 0;

  /** @param most total number of places */
  constructor(most: number) {
    this.most = most;
  }

  /** Places in use. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes a place; false if all are in use. */
  take(): boolean {
    if (this.#taken >= this.most) return false;
    this.#taken++;
    return true;
  }

  /** Returns a place that was taken. */
  giveBack(): void {
    this.#taken--;
  }
}
