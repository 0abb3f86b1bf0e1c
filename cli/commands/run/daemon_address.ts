import type { Ready } from "../../process/report.ts";

/** The addresses of a daemon, for recorders. */
export interface DaemonAddress {
  /** Where it publishes events; without these, its first endpoint. */
  endpoint: string;
  /** Its control port; undefined without one. */
  control: string | undefined;
}

/** Where to connect to a daemon on this host; undefined when its report has no address. */
export function daemonAddress({ publish = [], control }: Ready): DaemonAddress | undefined {
  const { endpoint } = publish.find(({ format }) => format === "event") ?? publish[0] ?? {};
  if (endpoint === undefined) return undefined;
  return {
    endpoint: endpoint.replace(/^tcp:\/\/(\*|0\.0\.0\.0|\[::\]):/, "tcp://127.0.0.1:"),
    // Browsers can connect to 0.0.0.0, but not every client can.
    control: control?.replace(/^http:\/\/(0\.0\.0\.0|\[::\]):/, "http://127.0.0.1:"),
  };
}
