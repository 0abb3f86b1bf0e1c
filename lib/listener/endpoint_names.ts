/**
 * Finds which of a listener's endpoints ZeroMQ means.
 *
 * ZeroMQ names an endpoint as it was given at first. But once it has found the address of the host,
 * it may name that: `tcp://10.0.0.7:5555` for `tcp://camera:5555`.
 */
export class EndpointNames {
  readonly #endpoints: readonly string[];
  readonly #learned = new Map<string, string>();

  /** @param endpoints as they were given */
  constructor(endpoints: readonly string[]) {
    this.#endpoints = endpoints;
  }

  /**
   * The endpoints that an address may stand for: one, if it is certain.
   *
   * @param isLost whether the connection to an endpoint was lost. If it is so of one alone, the
   * address must be its own.
   */
  of(address: string, isLost: (endpoint: string) => boolean): readonly string[] {
    const [first] = this.#endpoints;
    if (this.#endpoints.length === 1 && first !== undefined) return [first];
    if (this.#endpoints.includes(address)) return [address];
    const known = this.#learned.get(address);
    if (known !== undefined) return [known];
    const candidates = this.#endpoints.filter((endpoint) =>
      hasName(endpoint) && portOf(endpoint) === portOf(address)
    );
    const lost = candidates.filter(isLost);
    const [only] = candidates.length === 1 ? candidates : lost;
    if (only !== undefined && (candidates.length === 1 || lost.length === 1)) {
      this.#learned.set(address, only);
      return [only];
    }
    return [address, ...lost];
  }
}

/** Whether the host is a name, which has an address beside. */
function hasName(endpoint: string): boolean {
  return /^tcp:\/\/(?![\d.]+:|\[)/.test(endpoint);
}

function portOf(endpoint: string): string | undefined {
  return /:(\d+)$/.exec(endpoint)?.[1];
}
