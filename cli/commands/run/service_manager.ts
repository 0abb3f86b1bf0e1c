import { messageOf } from "../../../lib/errors.ts";
import { type Log, StageLog } from "../../../lib/notice.ts";

/** How often it is told how we are, where it does not say how often it wants to hear that. */
const USUAL_INTERVAL_MS = 10_000;

/** Variables of systemd's protocol, sd_notify(3). */
interface Environment {
  NOTIFY_SOCKET?: string;
  WATCHDOG_USEC?: string;
}

/** Until all is ready: for how long systemd is to wait from now on. */
const START_US = 60_000_000;

/**
 * How often in the time that the watchdog waits for: what keeps us from telling may take half of
 * that time, and it is still told in time.
 */
const TELLINGS = 5;

/**
 * Tells systemd, when it started this process, that all is ready, how it is, and that it lives: the
 * protocol of sd_notify(3). Without systemd it tells nobody.
 *
 * Until all is ready it asks for more time to start, for a recorder whose disk is not mounted yet
 * must not end a daemon that acquires.
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
   * @param status what the process does now, in a line
   * @param isAlive whether all that it stands for lives; while not, the watchdog is told nothing
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
        `NOTIFY_SOCKET ${path} is no path: the service manager is told nothing`,
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

  /** All that was asked for runs. */
  ready(): void {
    this.#isReady = true;
    this.#tell(`READY=1\nSTATUS=${this.#status()}`);
  }

  /** It ends, after draining. */
  stopping(): void {
    this.#tell("STOPPING=1");
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
    this.#tell(states.join("\n"));
  }

  #tell(state: string): void {
    if (this.#socket === undefined || this.#path === undefined) return;
    const message = new TextEncoder().encode(state);
    const address = { transport: "unixpacket", path: this.#path } as const;
    this.#socket.send(message, address).catch((error) => {
      if (!this.#isBroken) {
        this.#log.warning(`the service manager cannot be told: ${messageOf(error)}`);
      }
      this.#isBroken = true;
    });
  }
}
