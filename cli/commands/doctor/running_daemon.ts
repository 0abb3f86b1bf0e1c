import { httpUrl, isEveryAddress, type TcpAddress } from "../../../lib/address/tcp_address.ts";
import type { DaemonStatus } from "../../../lib/daemon/status.ts";
import { OperationError } from "../../../lib/errors.ts";
import { ControlClient } from "../../../lib/http/client.ts";
import { withAdvice } from "../../terminal/advice.ts";
import { askDaemonStatus } from "../ctl/daemon_actions.ts";
import type { Finding } from "./finding.ts";
import type { WantedPort } from "./port_checks.ts";

/** The daemon on this host, if one answers. */
export interface RunningDaemon {
  /** Undefined when no daemon answers. */
  status?: DaemonStatus;
  finding: Finding;
}

/**
 * Asks whether a daemon runs.
 *
 * @param control its control port; undefined when it has none
 * @param isTaken whether a process uses that port
 */
export async function askDaemon(
  control: TcpAddress | undefined,
  token: string | undefined,
  isTaken: boolean,
): Promise<RunningDaemon> {
  const name = "daemon";
  if (control === undefined) {
    const found = "without a control port, a daemon cannot be found";
    return { finding: { name, state: "unknown", found } };
  }
  const url = httpUrl(reachable(control));
  if (!isTaken) return { finding: { name, state: "good", found: `none is running at ${url}` } };
  try {
    const status = await askDaemonStatus(new ControlClient(url, token));
    const found = `runs at ${url}, run ${status.run}`;
    if (!status.paused) return { status, finding: { name, state: "good", found } };
    const paused =
      `${found}, PAUSED: it has not published ${status.ledger.events.paused} events until now`;
    const fix = `ssdaq ctl resume --control ${url}`;
    return { status, finding: { name, state: "warning", found: paused, fix } };
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const fix = "give its port with --control, and its token with --control-token-file";
    return { finding: { name, state: "warning", found: withAdvice(error), fix } };
  }
}

/** Whether a daemon reports that it uses a port. */
export function hasPort(
  { listen, publish }: DaemonStatus,
  { protocol, port }: WantedPort,
  control: TcpAddress | undefined,
): boolean {
  if (protocol === "udp") return listen.port === port;
  return control?.port === port || publish.some(({ endpoint }) => endpoint.endsWith(`:${port}`));
}

function reachable({ hostname, port }: TcpAddress): TcpAddress {
  if (!isEveryAddress(hostname)) return { hostname, port };
  return { hostname: hostname === "::" ? "::1" : "127.0.0.1", port };
}
