import { hostPort } from "../address/ip_address.ts";
import { httpUrl, type TcpAddress } from "../address/tcp_address.ts";
import { Complaints } from "../complaints.ts";
import { ConfigurationError, messageOf, UnavailableError } from "../errors.ts";
import { type Advise, type Log, type Particulars, StageLog } from "../notice.ts";
import { textAnswer } from "./answer.ts";
import { RequestGuard } from "./guard.ts";
import { Places } from "./places.ts";
import { hasBody, MAX_BODY_BYTES, readBody } from "./read_body.ts";

/** Maximum number of simultaneous requests for all routes without their own places. */
const SHARED_PLACES = 32;

/** Maximum number of requests with a body. No route needs one, and a client may never finish it. */
const BODY_PLACES = 16;

/** Time limit for a request, until its answer has been read. */
const REQUEST_MS = 10_000;

/** Maximum length of a URL, characters. */
const MAX_URL_LENGTH = 2048;

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
   * Makes the answer.
   *
   * @param signal aborted when the time is up or the client has gone
   * @param request for routes that open a WebSocket; its body has been read
   */
  handle(url: URL, signal: AbortSignal, request: Request): Response | Promise<Response>;
}

/** Options of a {@linkcode ControlServer}. */
export interface ControlServerOptions {
  address: TcpAddress;
  routes: readonly Route[];
  /** Token that clients must send as `Authorization: Bearer TOKEN`. @default none */
  token?: string | undefined;
  /** Further names of the server. @default none */
  names?: readonly string[];
  /** Time limit for a request, until its answer has been read. @default 10 000 */
  requestMs?: number;
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

/**
 * A small HTTP server for commands and status. No content of a request can make it throw.
 *
 * It answers 32 requests at once. Routes with their own places are answered in addition, so
 * important answers do not wait behind others. Requests with a body have 16 separate places,
 * because a client may never finish its body. Further requests get 503. A request that takes over
 * 10 s is ended. Bodies over 64 KiB and URLs over 2048 characters are refused.
 */
export class ControlServer implements AsyncDisposable {
  /** Its URL, such as `http://127.0.0.1:8642`. */
  readonly url: string;
  readonly #routes: readonly Route[];
  readonly #guard: RequestGuard;
  readonly #requestMs: number;
  readonly #log: StageLog;
  readonly #complaints: Complaints<"defect">;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #ending = new AbortController();
  readonly #sharedPlaces = new Places(SHARED_PLACES);
  readonly #bodyPlaces = new Places(BODY_PLACES);
  readonly #ownPlaces: ReadonlyMap<Route, Places>;

  private constructor(options: ControlServerOptions) {
    const { address, routes, token, names, requestMs = REQUEST_MS, log, advise } = options;
    this.#routes = routes;
    this.#ownPlaces = new Map(
      routes.flatMap((route) =>
        route.places === undefined ? [] : [[route, new Places(route.places)]]
      ),
    );
    this.#requestMs = requestMs;
    this.#log = new StageLog("http", log);
    this.#complaints = new Complaints(this.#log);
    this.#server = Deno.serve({
      ...address,
      signal: this.#ending.signal,
      onListen: () => {},
      onError: (error) => this.#onDefect(error),
    }, (request, { completed }) => this.#answer(request, completed));
    const bound = { hostname: address.hostname, port: this.#server.addr.port };
    this.url = httpUrl(bound);
    this.#guard = new RequestGuard({ address: bound, names, token, advise });
  }

  /**
   * Starts the server.
   *
   * @throws {UnavailableError} if the address is in use, or this host does not have it yet
   * @throws {ConfigurationError} if this user may not bind the address
   */
  static start(options: ControlServerOptions): ControlServer {
    try {
      return new ControlServer(options);
    } catch (error) {
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
    return [this.#sharedPlaces, this.#bodyPlaces, ...this.#ownPlaces.values()]
      .reduce((sum, { taken }) => sum + taken, 0);
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#server.finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(request: Request, completed: Promise<void>): Promise<Response> {
    const asked = this.#read(request);
    const places = this.#placesFor(request, asked);
    if (!places.take()) {
      return closing(textAnswer(503, "too many requests at once", { "retry-after": "1" }));
    }
    const time = new AbortController();
    const late = Promise.withResolvers<Response>();
    const timer = setTimeout(() => {
      time.abort();
      late.resolve(closing(textAnswer(408, "too late")));
    }, this.#requestMs);
    const done = () => {
      clearTimeout(timer);
      time.abort();
      places.giveBack();
    };
    // A client that leaves before its answer is no error here. For a WebSocket, the request is over
    // before its answer is returned.
    completed.then(done, done);
    const answer = await Promise.race([this.#respond(request, asked, time.signal), late.promise]);
    const { method } = request;
    const path = asked instanceof Response ? "" : asked.url.pathname;
    this.#log.debug(`${method} ${path}: ${answer.status}`, {
      fields: { method, path, status: answer.status },
    });
    return answer;
  }

  /** The parsed request, or an answer that says what is wrong. */
  #read({ url: written, method }: Request): Asked | Response {
    if (written.length > MAX_URL_LENGTH) {
      return closing(textAnswer(414, `URLs have up to ${MAX_URL_LENGTH} characters`));
    }
    const url = URL.parse(written);
    if (url === null) return closing(textAnswer(400, "the URL is not valid"));
    return { url, route: this.#find(method, url.pathname) };
  }

  /** This is decided before the body is read, because a body may never end. */
  #placesFor({ headers }: Request, asked: Asked | Response): Places {
    if (hasBody(headers)) return this.#bodyPlaces;
    const route = asked instanceof Response ? asked : asked.route;
    const own = route instanceof Response ? undefined : this.#ownPlaces.get(route);
    return own ?? this.#sharedPlaces;
  }

  async #respond(
    request: Request,
    asked: Asked | Response,
    signal: AbortSignal,
  ): Promise<Response> {
    try {
      const refusal = this.#guard.refuseForeign(request.headers);
      if (refusal !== undefined) return closing(refusal);
      if (asked instanceof Response) return asked;
      const { url, route } = asked;
      const open = !(route instanceof Response) && route.open === true;
      const unknown = open ? undefined : this.#guard.refuseUnknown(request.headers);
      if (unknown !== undefined) return closing(unknown);
      const body = await bodyOf(request);
      if (body === "too long") {
        return closing(textAnswer(413, `bodies have up to ${MAX_BODY_BYTES} bytes`));
      }
      // If the client has gone, or was told that it is too late, nothing is done for it.
      if (body === "broken off" || signal.aborted) {
        return closing(textAnswer(400, "the request was cut off"));
      }
      return route instanceof Response ? route : await route.handle(url, signal, request);
    } catch (error) {
      return this.#onDefect(error);
    }
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

/** Reads the body to its end. A body that is cut off is the client's problem. */
async function bodyOf(request: Request): Promise<"read" | "too long" | "broken off"> {
  if (!hasBody(request.headers)) return "read";
  try {
    return await readBody(request) ? "read" : "too long";
  } catch {
    return "broken off";
  }
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
