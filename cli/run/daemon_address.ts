/** What recorders must know of a daemon. */
export interface DaemonAddress {
  /** Where it publishes events, first of all; where it publishes at all, when it does so nowhere. */
  endpoint: string;
  /** Its control port; undefined without one. */
  control: string | undefined;
}

/** Learns from a daemon's log where it is. */
export class DaemonAddressReader {
  /** Resolves when it is known. */
  readonly known: Promise<DaemonAddress>;
  readonly #known = Promise.withResolvers<DaemonAddress>();
  #control: string | undefined;

  constructor() {
    this.known = this.#known.promise;
  }

  /** Reads a line of its log. */
  read(line: string): void {
    this.#control = /^control on (\S+)/.exec(line)?.[1] ?? this.#control;
    const [, places] = /^publishing run \d+ on (.*)$/.exec(line) ?? [];
    if (places === undefined) return;
    const published = [...places.matchAll(/((?:tcp|ipc):\/\/\S+) \((\w+)\)/g)];
    const [, endpoint] = published.find(([, , format]) => format === "event") ?? published[0] ?? [];
    if (endpoint === undefined) return;
    this.#known.resolve({
      endpoint: endpoint.replace(/^tcp:\/\/(\*|0\.0\.0\.0|\[::\]):/, "tcp://127.0.0.1:"),
      control: this.#control,
    });
  }
}
