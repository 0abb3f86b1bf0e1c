import { messageOf } from "../../../lib/errors.ts";
import { type Log, StageLog } from "../../../lib/notice.ts";

/** How often to report, when systemd does not give a watchdog time. */
const USUAL_INTERVAL_MS = 10_000;

/** Variables of systemd's protocol, sd_notify(3). */
interface Environment {
  NOTIFY_SOCKET?: string;
  WATCHDOG_USEC?: string;
}

/** Until all is ready: how long systemd waits from each report on. */
const START_US = 60_000_000;

/**
 * Reports for each watchdog time. If something delays this process for up to half of that time, the
 * next report is still in time.
 */
const TELLINGS = 5;

/**
 * Reports to systemd, if it started this process: ready, state, and alive; see sd_notify(3). Without
 * systemd it does nothing.
 *
 * Until all is ready it asks for more time to start. A recorder whose disk is not mounted yet must
 * not end a daemon that receives data.
 */
export class ServiceManager implements Disposable {
  readonly #status: () => string;
  readonly #isAlive: () => boolean;
  readonly #log: StageLog;
  readonly #path: string | undefined;
  readonly #folder: string | undefined;
  readonly #socket: Deno.DatagramConn | undefined;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #isReady = false;
  #isBroken = false;

  /**
   * @param status what the process does now, in one line
   * @param isAlive whether all processes are alive; if not, the watchdog gets no report
   */
  constructor(
    environment: Environment,
    status: () => string,
    log: Log,
    isAlive: () => boolean = () => true,
  ) {
    this.#status = status;
    this.#isAlive = isAlive;
    this.#log = new StageLog("serviceManager", log);
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC: watchdogUs } = environment;
    if (path === undefined || path === "") return;
    if (!path.startsWith("/")) {
      this.#log.warning(
        `NOTIFY_SOCKET ${path} is not a path: systemd gets no reports`,
      );
      return;
    }
    this.#path = path;
    this.#folder = Deno.makeTempDirSync({ prefix: "ssdaq-notify-" });
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path: `${this.#folder}/socket` });
    const wantedMs = Number(watchdogUs ?? NaN) / 1000;
    const intervalMs = wantedMs > 0 ? wantedMs / TELLINGS : USUAL_INTERVAL_MS;
    this.#timer = setInterval(() => this.#live(), intervalMs);
  }

  /** All processes are ready. */
  ready(): void {
    this.#isReady = true;
    this.#send(`READY=1\nSTATUS=${this.#status()}`);
  }

  /** This process drains and ends. */
  stopping(): void {
    this.#send("STOPPING=1");
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#socket?.close();
    if (this.#folder !== undefined) Deno.removeSync(this.#folder, { recursive: true });
  }

  #live(): void {
    const states = [`STATUS=${this.#status()}`];
    if (this.#isAlive()) states.unshift("WATCHDOG=1");
    if (!this.#isReady) states.push(`EXTEND_TIMEOUT_USEC=${START_US}`);
    this.#send(states.join("\n"));
  }

  #send(state: string): void {
    if (this.#socket === undefined || this.#path === undefined) return;
    const message = new TextEncoder().encode(state);
    const address = { transport: "unixpacket", path: this.#path } as const;
    this.#socket.send(message, address).catch((error) => {
      if (!this.#isBroken) {
        this.#log.warning(`cannot report to systemd: ${messageOf(error)}`);
      }
      this.#isBroken = true;
    });
  }
}
