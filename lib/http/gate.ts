import type { TcpAddress } from "../address/tcp_address.ts";
import { Complaints } from "../complaints.ts";
import { messageOf } from "../errors.ts";
import type { StageLog } from "../notice.ts";
import { addressGroup, THIS_HOST } from "./address_group.ts";
import { Connection } from "./connection.ts";

/** Every reason for which a gate ends a connection, or does not take it, in words. */
export const CUT_REASONS = {
  address: "its address had as many connections as one may have, and all were in use",
  full: "the server had as many connections as it may have, and all were in use",
  room: "it was the one that had waited the longest when another client came to a full server",
  silent: "its next request did not come in time",
  stalled: "the client did not read what it was sent",
  lingering: "the client did not close it after the last answer",
} as const;

export type CutReason = keyof typeof CUT_REASONS;

/** Limits of a {@linkcode Gate}. */
export interface GateLimits {
  /** Open connections. */
  maxConnections: number;
  /** Time limit for a request's head, from the connection's beginning or the last answer on, ms. */
  silenceMs: number;
  /** Time limit for a client to take a part of what it is sent, ms. */
  stallMs: number;
  /** Time limit for a client to close its connection after the last answer, ms. */
  lingerMs: number;
}

/** A listening socket. */
export type Listen = (address: TcpAddress) => Deno.TcpListener;

/** Options of a {@linkcode Gate}. */
export interface GateOptions {
  address: TcpAddress;
  limits: GateLimits;
  /** Takes a connection. */
  onConnection: (connection: Connection) => void;
  log: StageLog;
  /** Opens the listening socket. @default Deno.listen */
  listen?: Listen;
  /** Pause after a failure of the listening socket, ms. @default 100 */
  pauseMs?: number;
}

/** Part of all connections that this host may have; another address may have a quarter. */
const THIS_HOST_PART = 3 / 4;
const ADDRESS_PART = 1 / 4;

/** A client that has taken nothing for this long may be closed in favour of another, ms. */
const YIELDING_MS = 1000;

/** Failures in a row after which the listening socket is opened again. */
const FAILURES_TO_REOPEN = 3;

const PAUSE_MS = 100;

/** How many connections are taken before everything else has its turn. */
const ACCEPTS_AT_ONCE = 16;

/** The part of its connections that it keeps when no descriptor is left, and for how long, ms. */
const LOWERED_PART = 3 / 4;
const LOWERED_MS = 60_000;

/** The longest time between two looks at all connections, ms. */
const LOOK_MS = 500;

/**
 * Accepts connections, as many as it may, and ends those that wait for nothing but their clients.
 *
 * When it is full, the connection that has waited the longest for its client is closed for the new
 * one: first one whose client has not shown a token, and never one that is being answered and read.
 * Without such a connection, the new one is closed. An address may have a quarter of all
 * connections, this host three quarters; they make room in the same way, among themselves.
 *
 * It goes on when the process has no descriptor left: then it keeps three quarters of its connections
 * for a minute, and the others are for data. When the listening socket fails, it opens it again.
 */
export class Gate implements AsyncDisposable {
  /** The port. */
  readonly port: number;
  /** How many connections it has cut, by reason. */
  readonly cuts: Record<CutReason, number> = {
    ...{ address: 0, full: 0, room: 0, silent: 0, stalled: 0, lingering: 0 },
  };
  readonly #address: TcpAddress;
  readonly #limits: GateLimits;
  readonly #onConnection: (connection: Connection) => void;
  readonly #complaints: Complaints<"listener" | "address" | "full" | "stalled">;
  readonly #listen: Listen;
  readonly #pauseMs: number;
  readonly #connections = new Set<Connection>();
  readonly #byGroup = new Map<string, Set<Connection>>();
  readonly #ending = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #accepting: Promise<void>;
  #listener: Deno.TcpListener | undefined;
  /** The most connections now, and since when it is fewer than its limit. */
  #most: number;
  #loweredMs = -Infinity;

  /** @throws what listening throws */
  constructor(options: GateOptions) {
    const { address, limits, onConnection, log, listen = Deno.listen, pauseMs = PAUSE_MS } =
      options;
    this.#limits = limits;
    this.#most = limits.maxConnections;
    this.#onConnection = onConnection;
    this.#complaints = new Complaints(log);
    this.#listen = listen;
    this.#pauseMs = pauseMs;
    this.#listener = listen(address);
    this.port = this.#listener.addr.port;
    this.#address = { hostname: address.hostname, port: this.port };
    const { silenceMs, stallMs, lingerMs } = limits;
    this.#timer = setInterval(
      () => this.#look(performance.now()),
      Math.min(LOOK_MS, silenceMs / 4, stallMs / 4, lingerMs / 4),
    );
    this.#accepting = this.#acceptAll();
  }

  /** Open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /**
   * Closes the one of some connections that has waited the longest for its client; false if there
   * is none.
   */
  makeRoom(among: Iterable<Connection>): boolean {
    return this.#makeRoom(among, performance.now());
  }

  /** Closes the listening socket and all connections. */
  async close(): Promise<void> {
    this.#ending.abort();
    clearInterval(this.#timer);
    this.#closeListener();
    await this.#accepting;
    const closed = [...this.#connections].map((connection) =>
      new Promise<void>((resolve) => {
        connection.once("close", resolve);
        connection.destroy();
      })
    );
    await Promise.all(closed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #acceptAll(): Promise<void> {
    let failures = 0;
    let taken = 0;
    while (!this.#ending.signal.aborted) {
      try {
        this.#listener ??= this.#listen(this.#address);
        const connection = await this.#listener.accept();
        failures = 0;
        this.#admit(connection, performance.now());
        // What waits is accepted at once: without a rest, nothing else would run in a flood.
        if (++taken % ACCEPTS_AT_ONCE === 0) await this.#pause(0);
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        // A client that has gone before it was accepted is no failure.
        if (error instanceof Deno.errors.ConnectionAborted) continue;
        this.#complain(error);
        if (!this.#lower(error) && ++failures % FAILURES_TO_REOPEN === 0) this.#closeListener();
        await this.#pause(this.#pauseMs);
      }
    }
  }

  /**
   * Without a descriptor left, it has fewer connections for a minute, so that new ones can be
   * accepted, and others closed for them.
   *
   * @returns whether that was the failure
   */
  #lower(error: unknown): boolean {
    if (!isOutOfDescriptors(error)) return false;
    const nowMs = performance.now();
    this.#most = Math.max(1, Math.floor(this.connections * LOWERED_PART));
    this.#loweredMs = nowMs;
    while (this.connections > this.#most && this.#makeRoom(this.#connections, nowMs));
    return true;
  }

  #complain(error: unknown): void {
    const { maxConnections } = this.#limits;
    const isOut = isOutOfDescriptors(error);
    this.#complaints.complain("listener", performance.now(), () => ({
      level: "error",
      text: `cannot take a connection: ${messageOf(error)}; ${this.connections} of ` +
        `${maxConnections} are open; it goes on trying` +
        (isOut ? "; raise the limit of open files (ulimit -n, LimitNOFILE=)" : ""),
    }));
  }

  /** Waits, and lets everything else run; shorter when the server ends. */
  async #pause(durationMs: number): Promise<void> {
    const { signal } = this.#ending;
    const over = Promise.withResolvers<void>();
    const { promise } = over;
    const resolve = () => over.resolve();
    const timer = setTimeout(resolve, durationMs);
    signal.addEventListener("abort", resolve);
    await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", resolve);
  }

  #closeListener(): void {
    try {
      this.#listener?.close();
    } catch {
      // It was closed by the failure.
    }
    this.#listener = undefined;
  }

  #admit(tcp: Deno.TcpConn, nowMs: number): void {
    const { hostname } = tcp.remoteAddr;
    const group = addressGroup(hostname);
    const mates = this.#byGroup.get(group) ?? new Set();
    const maxConnections = this.#most;
    const part = group === THIS_HOST ? THIS_HOST_PART : ADDRESS_PART;
    const most = Math.max(1, Math.floor(maxConnections * part));
    if (mates.size >= most && !this.#makeRoom(mates, nowMs)) {
      return this.#refuse(tcp, "address", `${hostname} has ${most} connections in use`);
    }
    if (this.#connections.size >= maxConnections && !this.#makeRoom(this.#connections, nowMs)) {
      return this.#refuse(tcp, "full", `all ${maxConnections} connections are in use`);
    }
    const connection = new Connection(tcp, group, nowMs);
    // A client that goes is no error here; its request ends.
    connection.on("error", () => {});
    connection.once("close", () => this.#forget(connection));
    mates.add(connection);
    this.#byGroup.set(group, mates);
    this.#connections.add(connection);
    try {
      tcp.setNoDelay(true);
    } catch {
      // It has gone already.
      connection.destroy();
      return;
    }
    this.#onConnection(connection);
  }

  #refuse(tcp: Deno.TcpConn, reason: "address" | "full", why: string): void {
    tcp.close();
    this.cuts[reason]++;
    this.#complaints.complain(reason, performance.now(), () => ({
      level: "warning",
      text: `${why}: further ones are closed; are there programs that connect and do not stop?`,
      fields: { connections: this.connections },
    }));
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    const mates = this.#byGroup.get(connection.group);
    mates?.delete(connection);
    if (mates?.size === 0) this.#byGroup.delete(connection.group);
  }

  /** Closes the connection that has waited the longest for its client; false if there is none. */
  #makeRoom(among: Iterable<Connection>, nowMs: number): boolean {
    let chosen: { connection: Connection; waitedMs: number } | undefined;
    for (const connection of among) {
      const waitedMs = yieldingMs(connection, nowMs);
      if (waitedMs === undefined) continue;
      const isBetter = chosen === undefined ||
        (connection.isKnown === chosen.connection.isKnown
          ? waitedMs > chosen.waitedMs
          : !connection.isKnown);
      if (isBetter) chosen = { connection, waitedMs };
    }
    if (chosen === undefined) return false;
    this.#cut(chosen.connection, "room");
    return true;
  }

  #cut(connection: Connection, reason: CutReason): void {
    this.cuts[reason]++;
    // At once, so that nobody else is closed for the same reason.
    this.#forget(connection);
    connection.destroy();
  }

  #look(nowMs: number): void {
    if (nowMs - this.#loweredMs >= LOWERED_MS) this.#most = this.#limits.maxConnections;
    const { silenceMs, stallMs, lingerMs } = this.#limits;
    for (const connection of this.#connections) {
      const { phase } = connection;
      const waitedMs = connection.waitedMs(nowMs);
      if (connection.stalledMs(nowMs) >= stallMs) {
        this.#complaints.complain("stalled", nowMs, () => ({
          level: "warning",
          text: `${connection.remoteAddress} does not read what it asked for: it is cut off`,
          fields: { address: connection.remoteAddress },
        }));
        this.#cut(connection, "stalled");
      } else if (phase === "request" && waitedMs >= silenceMs) {
        this.#cut(connection, "silent");
      } else if (phase === "end" && waitedMs >= lingerMs) {
        this.#cut(connection, "lingering");
      }
    }
  }
}

/** For how long a connection has waited for its client; undefined if it need not yield to another. */
function yieldingMs(connection: Connection, nowMs: number): number | undefined {
  const stalledMs = connection.stalledMs(nowMs);
  if (stalledMs >= YIELDING_MS) return stalledMs;
  const { phase } = connection;
  return phase === "answer" || phase === "page" ? undefined : connection.waitedMs(nowMs);
}

/** Whether this process, or the system, has no descriptor left. */
function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "EMFILE" || error.code === "ENFILE");
}
