/** What recorders must know of a daemon. */
export interface DaemonAddress {
  /** Where it publishes, first of all. */
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
    const [, endpoint] = /^publishing run \d+ on ((?:tcp|ipc):\/\/\S+)/.exec(line) ?? [];
    if (endpoint === undefined) return;
    this.#known.resolve({
      endpoint: endpoint.replace(/^tcp:\/\/(\*|0\.0\.0\.0|\[::\]):/, "tcp://127.0.0.1:"),
      control: this.#control,
    });
  }
}
