import type { Ready } from "../../process/report.ts";

/** What recorders must know of a daemon. */
export interface DaemonAddress {
  /** Where it publishes events, first of all; where it publishes at all, when it does so nowhere. */
  endpoint: string;
  /** Its control port; undefined without one. */
  control: string | undefined;
}

/** Where to connect to a daemon on this host; undefined where it says nothing of that. */
export function daemonAddress({ publish = [], control }: Ready): DaemonAddress | undefined {
  const { endpoint } = publish.find(({ format }) => format === "event") ?? publish[0] ?? {};
  if (endpoint === undefined) return undefined;
  return {
    endpoint: endpoint.replace(/^tcp:\/\/(\*|0\.0\.0\.0|\[::\]):/, "tcp://127.0.0.1:"),
    // Every address of this host is one of its own to a browser, but not to all that asks.
    control: control?.replace(/^http:\/\/(0\.0\.0\.0|\[::\]):/, "http://127.0.0.1:"),
  };
}
