import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { hostPort } from "../address/ip_address.ts";
import { httpUrl, type TcpAddress } from "../address/tcp_address.ts";
import { Complaints } from "../complaints.ts";
import { ConfigurationError, messageOf, UnavailableError } from "../errors.ts";
import { descriptorLimit } from "../linux/descriptors.ts";
import { type Advise, type Log, type Particulars, StageLog } from "../notice.ts";
import { textAnswer } from "./answer.ts";
import { Connection } from "./connection.ts";
import type { ConnectionCounts } from "./connection_counts.ts";
import { Gate, type GateLimits, type Listen } from "./gate.ts";
import { RequestGuard } from "./guard.ts";
import { BODY_PLACES, OPEN_PLACES, Places, SHARED_PLACES } from "./places.ts";
import { hasBody, MAX_BODY_BYTES, readBody } from "./read_body.ts";
import { sendAnswer } from "./send_answer.ts";
import { TokenBrake } from "./token_brake.ts";
import type { WebSocketRoute } from "./web_socket_route.ts";

/** Time limit for a request, until its answer has been read. */
const REQUEST_MS = 10_000;

/** Maximum length of a URL, characters. */
const MAX_URL_LENGTH = 2048;

/** Maximum size of a request's head, bytes. */
export const MAX_HEAD_BYTES: number = 16 * 1024;

/** Maximum number of requests that a client may send before it has the first one's answer. */
const MAX_REQUESTS_AHEAD = 4;

/** Maximum number of connections, where the process may have descriptors enough. */
export const MAX_CONNECTIONS = 256;

/** The part of the process's descriptors that connections may take: the others are for data. */
const DESCRIPTORS_PART = 1 / 4;

/** The fewest connections, whatever the limit of descriptors. */
const LEAST_CONNECTIONS = 8;

const SILENCE_MS = 10_000;
const STALL_MS = 5000;
const LINGER_MS = 1000;

/** How many connections a server may have by default: 256, or a quarter of all descriptors. */
export function usualConnections(): number {
  const part = Math.floor(descriptorLimit() * DESCRIPTORS_PART);
  return Math.max(LEAST_CONNECTIONS, Math.min(MAX_CONNECTIONS, part));
}

/** One method and path that a server answers. */
export interface Route {
  method: "GET" | "POST";
  /** The exact path, such as `/status`. */
  path: string;
  /** Whether no token is required. @default false */
  open?: boolean;
  /**
   * Number of simultaneous requests, in places reserved for this route.
   * @default shares places with other routes
   */
  places?: number;
  /**
   * The most memory that an answer takes while it is written, bytes. For `controlMemoryBytes()`.
   * @default 262 144
   */
  answerBytes?: number;
  /** Opens a WebSocket for requests that ask for one. @default none */
  webSocket?: WebSocketRoute;
  /**
   * Makes the answer. A body that is a stream is read as fast as the client reads it.
   *
   * @param signal aborted when the time is up or the client has gone
   * @param server the server that asks
   */
  handle(url: URL, signal: AbortSignal, server: ControlServer): Response | Promise<Response>;
}

/** Options of a {@linkcode ControlServer}. */
export interface ControlServerOptions {
  address: TcpAddress;
  routes: readonly Route[];
  /**
   * Token that clients must send as `Authorization: Bearer TOKEN`: at least 16 bytes.
   * @default none
   */
  token?: string | undefined;
  /** Further names of the server. @default none */
  names?: readonly string[];
  /** Time limit for a request, until its answer has been read. @default 10 000 */
  requestMs?: number;
  /**
   * Maximum number of open connections; this host may have three quarters, another address a
   * quarter of them.
   * @default 256, or a quarter of the process's descriptors
   */
  maxConnections?: number;
  /** Time limit for a request's head, also for the next one. @default 10 000 */
  silenceMs?: number;
  /** Time limit for a client to take a part of its answer. @default 5000 */
  stallMs?: number;
  /** Opens the listening socket. @default Deno.listen */
  listen?: Listen;
  /** Gets notices of defects in routes, at a limited rate, and of each answer. @default none */
  log?: Log;
  /** Text added to refusals by their codes, for the user. @default none */
  advise?: Advise;
}

/** A parsed request. */
interface Asked {
  url: URL;
  /** The route, or the answer if there is no such route. */
  route: Route | Response;
}

/** A request, and where its answer goes. */
interface Exchange {
  connection: Connection;
  request: IncomingMessage;
  response: ServerResponse;
  headers: Headers;
  asked: Asked | Response;
  /** What the client sent after a request for a WebSocket. */
  upgrade: Buffer | undefined;
}

/** The answer is a WebSocket. */
const UPGRADE = Symbol("upgrade");

/**
 * A small HTTP server for commands and status. No content of a request can make it throw, and no
 * client can make it hold more than its limits allow.
 *
 * It has 256 connections at most, see {@linkcode Gate}. It answers 32 requests at once. Routes with
 * their own places are answered in addition, so important answers do not wait behind others; so are
 * up to 16 requests for routes that want no token. Requests with a body have 16 separate places,
 * because a client may never finish its body. Further requests get 503, unless a client that does
 * not read its answer has to go for them. A request that takes over 10 s is ended. Bodies over
 * 64 KiB, heads over 16 KiB and URLs over 2048 characters are refused. Requests of a connection are
 * answered one after the other; a client that sends over four ahead is cut off. A wrong token is
 * answered late, see {@linkcode TokenBrake}.
 */
export class ControlServer implements AsyncDisposable {
  /** Its URL, such as `http://127.0.0.1:8642`. */
  readonly url: string;
  readonly #routes: readonly Route[];
  readonly #guard: RequestGuard;
  readonly #requestMs: number;
  readonly #maxConnections: number;
  readonly #log: StageLog;
  readonly #complaints: Complaints<"defect">;
  readonly #brake: TokenBrake;
  readonly #server: Server;
  readonly #gate: Gate;
  readonly #sharedPlaces = new Places(SHARED_PLACES);
  readonly #openPlaces = new Places(OPEN_PLACES);
  readonly #bodyPlaces = new Places(BODY_PLACES);
  readonly #ownPlaces: ReadonlyMap<Route, Places>;
  /** Requests in their places, with the connections that they came by. */
  readonly #placed = new Map<Connection, Places>();
  /** Requests of each connection that are not answered, and the end of the last one's answer. */
  readonly #turns = new WeakMap<Connection, { waiting: number; last: Promise<void> }>();

  private constructor(options: ControlServerOptions) {
    const { address, routes, token, names, requestMs = REQUEST_MS, log, advise } = options;
    const { maxConnections = usualConnections(), listen } = options;
    this.#routes = routes;
    this.#ownPlaces = new Map(
      routes.flatMap((route) =>
        route.places === undefined ? [] : [[route, new Places(route.places)]]
      ),
    );
    this.#requestMs = requestMs;
    this.#maxConnections = maxConnections;
    this.#log = new StageLog("http", log);
    this.#complaints = new Complaints(this.#log);
    this.#brake = new TokenBrake(this.#log);
    this.#server = this.#parser();
    // It checks the token, so it comes before anything is opened.
    const guard = (bound: TcpAddress) => new RequestGuard({ address: bound, names, token, advise });
    guard(address);
    const limits: GateLimits = {
      maxConnections,
      silenceMs: options.silenceMs ?? SILENCE_MS,
      stallMs: options.stallMs ?? STALL_MS,
      lingerMs: LINGER_MS,
    };
    this.#gate = new Gate({
      address,
      limits,
      log: this.#log,
      onConnection: (connection) => this.#server.emit("connection", connection),
      ...(listen !== undefined && { listen }),
    });
    const bound = { hostname: address.hostname, port: this.#gate.port };
    this.url = httpUrl(bound);
    this.#guard = guard(bound);
  }

  /**
   * Starts the server.
   *
   * @throws {UnavailableError} if the address is in use, or this host does not have it yet
   * @throws {ConfigurationError} if this user may not bind the address, or the token is too short
   */
  static start(options: ControlServerOptions): ControlServer {
    try {
      return new ControlServer(options);
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      const place = hostPort(options.address);
      const { why, code } = reasonFor(error);
      const message = `cannot serve on ${place}: ${why}`;
      const details = { code, fields: { address: place } };
      const isLasting = error instanceof Deno.errors.PermissionDenied;
      throw isLasting
        ? new ConfigurationError(message, details)
        : new UnavailableError(message, details);
    }
  }

  /** Requests in progress. */
  get requests(): number {
    return this.#placed.size;
  }

  /** Its connections now, and what became of others. */
  get connections(): ConnectionCounts {
    return {
      open: this.#gate.connections,
      max: this.#maxConnections,
      cuts: { ...this.#gate.cuts },
      wrongTokens: this.#brake.wrong,
    };
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#gate.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What makes requests of bytes. It listens nowhere: the gate gives it connections. */
  #parser(): Server {
    const server = createServer({
      maxHeaderSize: MAX_HEAD_BYTES,
      // The gate has all time limits.
      connectionsCheckingInterval: 2 ** 30,
      headersTimeout: 0,
      requestTimeout: 0,
      keepAliveTimeout: 0,
    }, (request, response) => this.#take(request, response));
    // One that does not listen closes each connection after its first answer.
    Object.defineProperty(server, "listening", { value: true });
    server.on("upgrade", (request: IncomingMessage, connection: Duplex, head: Buffer) => {
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.on("finish", () => connection.end());
      this.#take(request, response, head);
    });
    server.on("clientError", (error, connection) => refuseBytes(error, connection));
    return server;
  }

  /** Answers a request, after those that its connection had before. */
  #take(request: IncomingMessage, response: ServerResponse, upgrade?: Buffer): void {
    const connection: unknown = request.socket;
    if (!(connection instanceof Connection) || connection.phase === "end") return;
    const turn = this.#turns.get(connection) ?? { waiting: 0, last: Promise.resolve() };
    this.#turns.set(connection, turn);
    if (turn.waiting > MAX_REQUESTS_AHEAD) {
      connection.destroy();
      return;
    }
    turn.waiting++;
    turn.last = turn.last.then(async () => {
      try {
        if (!connection.destroyed && connection.phase !== "end") {
          await this.#exchange(connection, request, response, upgrade);
        }
      } catch (error) {
        this.#onDefect(error);
        connection.destroy();
      } finally {
        turn.waiting--;
      }
    });
  }

  async #exchange(
    connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
    upgrade: Buffer | undefined,
  ): Promise<void> {
    connection.enter("answer", performance.now());
    if (upgrade !== undefined) {
      // The types know sockets of the system only.
      Reflect.apply(response.assignSocket, response, [connection]);
    }
    const headers = headersOf(request);
    const method = request.method ?? "GET";
    const asked = headers instanceof Response
      ? headers
      : this.#read(request.url ?? "", headers, method);
    const time = new AbortController();
    const late = Promise.withResolvers<Response>();
    const timer = setTimeout(() => {
      late.resolve(closing(textAnswer(408, "too late")));
      time.abort();
      // A client that has a part of its answer cannot be told.
      if (response.headersSent) connection.destroy();
    }, this.#requestMs);
    const leave = () => time.abort();
    connection.once("close", leave);
    try {
      const exchange: Exchange = {
        ...{ connection, request, response, asked, upgrade },
        headers: headers instanceof Response ? new Headers() : headers,
      };
      let answer = await Promise.race([this.#respond(exchange, time.signal), late.promise]);
      // Asked now, since others have come meanwhile.
      if (answer === UPGRADE) answer = webSocketOf(exchange)?.refuse() ?? UPGRADE;
      const path = asked instanceof Response ? "" : asked.url.pathname;
      const status = answer === UPGRADE ? 101 : answer.status;
      this.#log.debug(`${method} ${path}: ${status}`, { fields: { method, path, status } });
      if (answer === UPGRADE) return this.#upgrade(exchange);
      if (!connection.destroyed) await sendAnswer(answer, response);
    } finally {
      clearTimeout(timer);
      time.abort();
      connection.off("close", leave);
      this.#leavePlace(connection);
      if (connection.phase === "answer" || connection.phase === "refusal") {
        connection.enter(connection.writableEnded ? "end" : "request", performance.now());
      }
    }
  }

  /** Opens a WebSocket; or its package answers that the request is incomplete. */
  #upgrade({ asked, connection, request, response, upgrade }: Exchange): void {
    const route = asked instanceof Response ? asked : asked.route;
    if (route instanceof Response || upgrade === undefined) return;
    response.detachSocket(request.socket);
    const socket = route.webSocket?.door.open(request, connection, upgrade);
    if (socket === undefined) return;
    connection.enter("page", performance.now());
    route.webSocket?.open(socket);
  }

  /** The parsed request, or an answer that says what is wrong. */
  #read(written: string, headers: Headers, method: string): Asked | Response {
    if (written.length > MAX_URL_LENGTH) {
      return closing(textAnswer(414, `URLs have up to ${MAX_URL_LENGTH} characters`));
    }
    // The host is checked by the guard. Here it must only make a URL.
    const url = URL.parse(
      written.startsWith("/") ? `http://${headers.get("host") ?? ""}${written}` : written,
    );
    if (url === null) return closing(textAnswer(400, "the URL is not valid"));
    return { url, route: this.#find(method, url.pathname) };
  }

  /** This is decided before the body is read, because a body may never end. */
  #placesFor({ headers, asked }: Exchange): Places {
    if (hasBody(headers)) return this.#bodyPlaces;
    const route = asked instanceof Response ? asked : asked.route;
    if (route instanceof Response) return this.#sharedPlaces;
    const own = this.#ownPlaces.get(route);
    const isOpen = route.open === true && this.#guard.wantsToken;
    return own ?? (isOpen ? this.#openPlaces : this.#sharedPlaces);
  }

  /**
   * Takes a place for a request; false if there is none. One of the places of a client that does
   * not read its answer is taken from it.
   */
  #takePlace(connection: Connection, places: Places): boolean {
    if (!places.take()) {
      const others = [...this.#placed].flatMap(([other, of]) => of === places ? [other] : []);
      if (!this.#gate.makeRoom(others)) return false;
      for (const other of others) if (other.destroyed) this.#leavePlace(other);
      if (!places.take()) return false;
    }
    this.#placed.set(connection, places);
    return true;
  }

  #leavePlace(connection: Connection): void {
    this.#placed.get(connection)?.giveBack();
    this.#placed.delete(connection);
  }

  async #respond(exchange: Exchange, signal: AbortSignal): Promise<Response | typeof UPGRADE> {
    try {
      const { asked, connection, headers, request } = exchange;
      const foreign = this.#guard.refuseForeign(headers);
      if (foreign !== undefined) return closing(foreign);
      if (!(asked instanceof Response)) {
        const open = !(asked.route instanceof Response) && asked.route.open === true;
        const unknown = open ? undefined : await this.#refuseUnknown(connection, headers, signal);
        if (unknown !== undefined) return closing(unknown);
      }
      // The client has gone, or was told that it is too late.
      if (signal.aborted) return closing(textAnswer(400, "the request was cut off"));
      if (!this.#takePlace(connection, this.#placesFor(exchange))) {
        return closing(textAnswer(503, "too many requests at once", { "retry-after": "1" }));
      }
      if (asked instanceof Response) return asked;
      const { url, route } = asked;
      const body = hasBody(headers) ? await readBody(request) : "read";
      if (body === "too long") {
        return closing(textAnswer(413, `bodies have up to ${MAX_BODY_BYTES} bytes`));
      }
      // If the client has gone, or was told that it is too late, nothing is done for it.
      if (body === "broken off" || signal.aborted) {
        return closing(textAnswer(400, "the request was cut off"));
      }
      if (route instanceof Response) return route;
      if (webSocketOf(exchange) !== undefined) return UPGRADE;
      return await route.handle(url, signal, this);
    } catch (error) {
      return this.#onDefect(error);
    }
  }

  /** The refusal of a request without the right token, after the delay that its address has. */
  async #refuseUnknown(
    connection: Connection,
    headers: Headers,
    signal: AbortSignal,
  ): Promise<Response | undefined> {
    const { group, isKnown } = connection;
    if (this.#guard.wantsToken && !isKnown) {
      await this.#delay(connection, this.#brake.checkDelayMs(group, performance.now()), signal);
    }
    // Who does not wait is told nothing.
    if (signal.aborted) return textAnswer(400, "the request was cut off");
    const token = this.#guard.tokenOf(headers);
    if (token === "right") {
      connection.isKnown = this.#guard.wantsToken;
      return undefined;
    }
    if (token === "wrong") {
      connection.isKnown = false;
      await this.#delay(connection, this.#brake.refusalDelayMs(group, performance.now()), signal);
    }
    return textAnswer(401, "Authorization: send `Bearer TOKEN` with the token of this server", {
      "www-authenticate": "Bearer",
    });
  }

  /** Meanwhile its connection is one of the first to be closed for others. */
  async #delay(connection: Connection, delayMs: number, signal: AbortSignal): Promise<void> {
    if (delayMs === 0 || signal.aborted) return;
    connection.enter("refusal", performance.now());
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, delayMs);
    // The signal is of this request alone.
    signal.addEventListener("abort", () => over.resolve(), { once: true });
    await over.promise;
    clearTimeout(timer);
    connection.enter("answer", performance.now());
  }

  /** The route, or the answer if there is no such route. */
  #find(method: string, path: string): Route | Response {
    const here = this.#routes.filter((route) => route.path === path);
    if (here.length === 0) {
      const known = this.#routes.filter(({ path }) => !path.startsWith("/page/"))
        .map((route) => `${route.method} ${route.path}`).join(", ");
      return textAnswer(404, `no such path; this server has ${known}`);
    }
    const asked = method === "HEAD" ? "GET" : method;
    const route = here.find((candidate) => candidate.method === asked);
    const allow = here.map((candidate) => candidate.method).join(", ");
    return route ?? textAnswer(405, `${path} accepts only ${allow}`, { allow });
  }

  #onDefect(error: unknown): Response {
    this.#complaints.complain(
      "defect",
      performance.now(),
      () => ({ level: "error", text: `a request could not be answered: ${messageOf(error)}` }),
    );
    return closing(textAnswer(500, "the request could not be answered; the log says why"));
  }
}

/** What opens the WebSocket that is asked for; undefined for a plain request. */
function webSocketOf({ asked, upgrade }: Exchange): WebSocketRoute | undefined {
  if (upgrade === undefined || asked instanceof Response) return undefined;
  return asked.route instanceof Response ? undefined : asked.route.webSocket;
}

/** The headers of a request, or the answer that one cannot be. */
function headersOf({ rawHeaders }: IncomingMessage): Headers | Response {
  const headers = new Headers();
  try {
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
    }
  } catch {
    return closing(textAnswer(400, "a header is not valid"));
  }
  return headers;
}

/** Answers bytes that are no request, and ends their connection. */
function refuseBytes(error: Error, connection: Duplex): void {
  const isLong = "code" in error && error.code === "HPE_HEADER_OVERFLOW";
  const status = isLong ? "431 Request Header Fields Too Large" : "400 Bad Request";
  if (!connection.writable) {
    connection.destroy();
    return;
  }
  connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** The same answer, with a header that closes the connection. */
function closing(response: Response): Response {
  response.headers.set("connection", "close");
  return response;
}

function reasonFor(error: unknown): { why: string } & Particulars {
  if (error instanceof Deno.errors.AddrInUse) {
    return {
      why: "address in use; is another ssdaq running? use another port",
      code: "http.inUse",
    };
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return {
      why: "this host has no such address; use 127.0.0.1, or one of `ip address`",
      code: "http.notLocal",
    };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { why: "only root may use that port; use one above 1023", code: "http.denied" };
  }
  return { why: messageOf(error) };
}
