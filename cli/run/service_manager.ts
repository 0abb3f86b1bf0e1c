import { messageOf } from "../../lib/errors.ts";

/** How often it is told that we live, where it does not say how often it wants to hear that. */
const USUAL_INTERVAL_MS = 10_000;

/** Variables of systemd's protocol, sd_notify(3). */
interface Environment {
  NOTIFY_SOCKET?: string;
  WATCHDOG_USEC?: string;
}

/**
 * Tells systemd, when it started this process, that all is ready, how it is, and that it lives: the
 * protocol of sd_notify(3). Without systemd it tells nobody.
 */
export class ServiceManager implements Disposable {
  readonly #status: () => string;
  readonly #log: (line: string) => void;
  readonly #path: string | undefined;
  readonly #folder: string | undefined;
  readonly #socket: Deno.DatagramConn | undefined;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #isBroken = false;

  /**
   * @param status what the process does now, in a line
   */
  constructor(environment: Environment, status: () => string, log: (line: string) => void) {
    this.#status = status;
    this.#log = log;
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC: watchdogUs } = environment;
    if (path === undefined || path === "") return;
    if (!path.startsWith("/")) {
      log(`NOTIFY_SOCKET ${path} is no path: the service manager is told nothing`);
      return;
    }
    this.#path = path;
    this.#folder = Deno.makeTempDirSync({ prefix: "ssdaq-notify-" });
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path: `${this.#folder}/socket` });
    const wantedMs = Number(watchdogUs ?? NaN) / 1000;
    // Twice in the time that it waits for.
    const intervalMs = wantedMs > 0 ? wantedMs / 2 : USUAL_INTERVAL_MS;
    this.#timer = setInterval(() => this.#tell(`WATCHDOG=1\nSTATUS=${this.#status()}`), intervalMs);
  }

  /** All that was asked for runs. */
  ready(): void {
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

  #tell(state: string): void {
    if (this.#socket === undefined || this.#path === undefined) return;
    const message = new TextEncoder().encode(state);
    const address = { transport: "unixpacket", path: this.#path } as const;
    this.#socket.send(message, address).catch((error) => {
      if (!this.#isBroken) this.#log(`the service manager cannot be told: ${messageOf(error)}`);
      this.#isBroken = true;
    });
  }
}
