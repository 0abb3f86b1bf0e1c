import { Complaints } from "../complaints.ts";
import { ConfigurationError, messageOf, UnavailableError } from "../errors.ts";
import { type Advise, type Log, type Particulars, StageLog } from "../notice.ts";
import { hostPort } from "../address/ip_address.ts";
import { textAnswer } from "./answer.ts";
import { Places } from "./places.ts";
import { hasBody, MAX_BODY_BYTES, readBody } from "./read_body.ts";
import { RequestGuard } from "./guard.ts";
import { httpUrl, type TcpAddress } from "../address/tcp_address.ts";

/** Requests answered at once, at most, for all routes that have no places of their own. */
const SHARED_PLACES = 32;

/** Requests with a body, at most: no route needs one, and who sends it may not come to its end. */
const BODY_PLACES = 16;

/** How long a request may take, its answer read. */
const REQUEST_MS = 10_000;

/** What a URL may have, characters. */
const MAX_URL_LENGTH = 2048;

/** One thing a server answers to. */
export interface Route {
  method: "GET" | "POST";
  /** Exactly, such as `/status`. */
  path: string;
  /** Whether it is answered without a token. @default false */
  open?: boolean;
  /**
   * Requests answered at once in places that no other route takes. @default those it shares with
   * the other routes
   */
  places?: number;
  /**
   * Makes the answer.
   *
   * @param signal aborted when the time is up or the client has gone
   * @param request for those that go on as a WebSocket; its body has been read
   */
  handle(url: URL, signal: AbortSignal, request: Request): Response | Promise<Response>;
}

/** What a {@linkcode ControlServer} serves. */
export interface ControlServerOptions {
  address: TcpAddress;
  routes: readonly Route[];
  /** What clients must give as `Authorization: Bearer TOKEN`. @default nothing */
  token?: string | undefined;
  /** Further names by which it may be called. @default none */
  names?: readonly string[];
  /** How long a request may take, its answer read. @default 10 000 */
  requestMs?: number;
  /** Told of defects in routes, at a limited rate, and of each answer. @default nobody is */
  log?: Log;
  /** Added to refusals by their codes, for whoever reads them. @default nothing is */
  advise?: Advise;
}

/** What a request asks for. */
interface Asked {
  url: URL;
  /** The route, or the answer that there is none. */
  route: Route | Response;
}

/**
 * A small HTTP server for commands and status. Nothing a request contains can raise.
 *
 * It answers 32 requests at once, and as many beside them as routes have places of their own: what
 * must be answered always does not wait behind the rest. Requests with a body have 16 places apart
 * from all these, for a client may leave its body unfinished. Others are answered with 503; a
 * request that takes over 10 s is ended; bodies over 64 KiB and URLs over 2048 characters are
 * refused.
 */
export class ControlServer implements AsyncDisposable {
  /** Where it answers, such as `http://127.0.0.1:8642`. */
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
   * Starts to serve.
   *
   * @throws {UnavailableError} when the address is in use, or not this host's yet
   * @throws {ConfigurationError} when it may not be bound
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

  /** Requests that are being answered. */
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
    // A client that goes before its answer is no failure of ours; for a WebSocket, its request is
    // over before its answer has been returned.
    completed.then(done, done);
    const answer = await Promise.race([this.#respond(request, asked, time.signal), late.promise]);
    const { method } = request;
    const path = asked instanceof Response ? "" : asked.url.pathname;
    this.#log.debug(`${method} ${path}: ${answer.status}`, {
      fields: { method, path, status: answer.status },
    });
    return answer;
  }

  /** What is asked for, or why nothing can be. */
  #read({ url: written, method }: Request): Asked | Response {
    if (written.length > MAX_URL_LENGTH) {
      return closing(textAnswer(414, `URLs have up to ${MAX_URL_LENGTH} characters`));
    }
    const url = URL.parse(written);
    if (url === null) return closing(textAnswer(400, "the URL is none"));
    return { url, route: this.#find(method, url.pathname) };
  }

  /** Decided by what is known before a body is read, for it may never come to its end. */
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
      // Nobody learns of what is done for somebody who has gone, or has been told that it is too late.
      if (body === "broken off" || signal.aborted) {
        return closing(textAnswer(400, "the request broke off"));
      }
      return route instanceof Response ? route : await route.handle(url, signal, request);
    } catch (error) {
      return this.#onDefect(error);
    }
  }

  /** The route, or the answer that there is none. */
  #find(method: string, path: string): Route | Response {
    const here = this.#routes.filter((route) => route.path === path);
    if (here.length === 0) {
      const known = this.#routes.filter(({ path }) => !path.startsWith("/page/"))
        .map((route) => `${route.method} ${route.path}`).join(", ");
      return textAnswer(404, `there is ${known}`);
    }
    const asked = method === "HEAD" ? "GET" : method;
    const route = here.find((candidate) => candidate.method === asked);
    const allow = here.map((candidate) => candidate.method).join(", ");
    return route ?? textAnswer(405, `${path} is for ${allow}`, { allow });
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

/** Reads the body to its end; that it breaks off is the client's own doing. */
async function bodyOf(request: Request): Promise<"read" | "too long" | "broken off"> {
  if (!hasBody(request.headers)) return "read";
  try {
    return await readBody(request) ? "read" : "too long";
  } catch {
    return "broken off";
  }
}

/** The same answer, after which the connection is not used again. */
function closing(response: Response): Response {
  response.headers.set("connection", "close");
  return response;
}

function reasonFor(error: unknown): { why: string } & Particulars {
  if (error instanceof Deno.errors.AddrInUse) {
    return {
      why: "address in use; is another ssdaq running? take another port",
      code: "http.inUse",
    };
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return {
      why: "this host has no such address; take 127.0.0.1, or one of `ip address`",
      code: "http.notLocal",
    };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { why: "only root may take that port; take one above 1023", code: "http.denied" };
  }
  return { why: messageOf(error) };
}
