import { textAnswer } from "../../http/answer.ts";
import type { Route } from "../../http/server.ts";
import type { CameraEvent } from "../../wire/event.ts";
import { toJson } from "../../text/json.ts";
import { encodeFrame, type ModuleAges } from "../protocol/frame.ts";
import type { LiveStatus } from "../protocol/live_status.ts";
import { pageRoutes } from "./page_files.ts";
import { Playout } from "../source/playout.ts";
import { SilenceWatch } from "../source/silence.ts";

/** Pages at once, at most. */
const MAX_VIEWERS = 16;

/** How long a page's place is kept for it while its WebSocket is being opened. */
const HANDSHAKE_MS = 5000;

/** How often it is looked whether there is something to send. */
const TICK_MS = 25;
/** How often, when nobody looks, the modules' usual steps are learned. */
const IDLE_TICK_MS = 250;

/** A page hears at least this often, for it must know that it is not cut off. */
const HEARTBEAT_MS = 200;
/** How often it is told the status. */
const STATUS_MS = 1000;
/** Beyond this, what was sent has not left, and nothing is added. */
const MAX_BUFFERED_BYTES = 256 * 1024;

/** The protocol of its WebSocket; a token may stand beside it. */
const PROTOCOL = "ssdaq";

/** What a {@linkcode LiveView} shows. */
export interface LiveViewOptions {
  /** The account, as it is now. */
  status: () => LiveStatus;
  /** When modules were heard last, by slot: monotonic ms, -Infinity for never. */
  lastSeenMs: ArrayLike<number>;
  /** How long a page may take to open its WebSocket before its place is another's. @default 5000 */
  handshakeMs?: number;
}

/** A page that looks. */
interface Viewer {
  socket: WebSocket;
  /** Whether it has drawn what it was sent, and asks for more. */
  asks: boolean;
  /** Number of the last event that it was sent. */
  shown: number;
  sentMs: number;
  statusMs: number;
  /** Ends its place when its WebSocket is not opened in time. */
  handshake: ReturnType<typeof setTimeout>;
}

/**
 * The live view: a page with the camera's image, and what keeps it up to date.
 *
 * Each page asks for the next frame when it has drawn the last one, and is sent the newest event
 * then: nothing is queued, whatever the rates, and a page that does not ask costs nothing. It serves
 * 16 pages at once, those whose WebSocket is being opened among them, and refuses others with 503.
 *
 * @example
 * ```ts
 * import { ControlServer } from "@ssdaq/ssdaq/http";
 * import { Listener } from "@ssdaq/ssdaq/listener";
 * import { ListenedCamera, LiveView } from "@ssdaq/ssdaq/view";
 *
 * const origin = "tcp://127.0.0.101:5555";
 * await using listener = await Listener.connect({
 *   endpoints: [origin],
 *   signal: AbortSignal.timeout(100),
 * });
 * using camera = new ListenedCamera({
 *   origin,
 *   ledger: listener.ledger,
 *   replayBytes: 2 ** 26,
 *   badPixels: [],
 * });
 * using live = new LiveView({
 *   status: () => camera.status(performance.now()),
 *   lastSeenMs: camera.lastSeenMs,
 * });
 * await using server = ControlServer.start({
 *   address: { hostname: "127.0.0.1", port: 0 },
 *   routes: live.routes,
 * });
 * console.log(`the camera is at ${server.url}`);
 * for await (const event of listener) {
 *   camera.push(event, performance.now());
 *   live.push([event]);
 * }
 * ```
 */
export class LiveView implements Disposable {
  readonly #options: LiveViewOptions;
  readonly #viewers = new Set<Viewer>();
  readonly #playout = new Playout();
  readonly #silence = new SilenceWatch();
  #timer: ReturnType<typeof setInterval>;
  #event: CameraEvent | undefined;
  /** Counts the events that were shown. */
  #shown = 0;
  #status = { ms: -Infinity, json: "" };

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), IDLE_TICK_MS);
  }

  /** Pages that look now, or are about to: their places are taken from their request on. */
  get viewers(): number {
    return this.#viewers.size;
  }

  /**
   * What a server answers to: the page at `/`, its files, its WebSocket at `/live`, and at
   * `/live/access` whether the token is right, for a WebSocket does not tell why it was refused.
   */
  get routes(): Route[] {
    return [
      ...pageRoutes(),
      {
        method: "GET",
        path: "/live/access",
        handle: () => new Response(null, { status: 204 }),
      },
      {
        method: "GET",
        path: "/live",
        handle: (_url, _signal, request) => this.#accept(request),
      },
    ];
  }

  /** Takes events that were built now; when nobody looks, only the last of them. */
  push(events: readonly CameraEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    this.#playout.push(this.#viewers.size === 0 ? [last] : events, performance.now());
  }

  /** Ends all pages' connections. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const { socket, handshake } of this.#viewers) {
      clearTimeout(handshake);
      socket.close(1001, "the server ends");
    }
    this.#viewers.clear();
  }

  #accept(request: Request): Response {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return textAnswer(426, "/live is a WebSocket; the page at / uses it", {
        upgrade: "websocket",
      });
    }
    if (this.#viewers.size >= MAX_VIEWERS) {
      return textAnswer(503, `${MAX_VIEWERS} pages are open; close one of them`, {
        "retry-after": "1",
      });
    }
    const protocols = request.headers.get("sec-websocket-protocol") ?? "";
    const upgrade = upgradeOf(request, protocols.split(/, */).includes(PROTOCOL));
    if (upgrade === undefined) return textAnswer(400, "the request for a WebSocket is not whole");
    const { socket, response } = upgrade;
    socket.binaryType = "arraybuffer";
    const { handshakeMs = HANDSHAKE_MS } = this.#options;
    const viewer: Viewer = {
      socket,
      asks: false,
      shown: -1,
      sentMs: -Infinity,
      statusMs: -Infinity,
      // Whatever becomes of the request, its place is not lost with it.
      handshake: setTimeout(() => this.#remove(viewer), handshakeMs),
    };
    socket.onopen = () => {
      clearTimeout(viewer.handshake);
      if (!this.#viewers.has(viewer)) socket.close(1013, "opened too late");
    };
    // Whatever a page says is that it has drawn; how long that is does not matter.
    socket.onmessage = () => viewer.asks = true;
    socket.onclose = socket.onerror = () => this.#remove(viewer);
    this.#viewers.add(viewer);
    if (this.#viewers.size === 1) this.#retime(TICK_MS);
    return response;
  }

  #remove(viewer: Viewer): void {
    clearTimeout(viewer.handshake);
    if (this.#viewers.delete(viewer) && this.#viewers.size === 0) this.#retime(IDLE_TICK_MS);
  }

  #retime(everyMs: number): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  #look(): void {
    const nowMs = performance.now();
    const event = this.#playout.take(nowMs);
    if (event !== undefined) {
      this.#event = event;
      this.#shown++;
    }
    const ages = this.#silence.look(this.#options.lastSeenMs, nowMs);
    for (const viewer of this.#viewers) this.#serve(viewer, ages, nowMs);
  }

  #serve(viewer: Viewer, ages: ModuleAges, nowMs: number): void {
    const { socket, shown } = viewer;
    const isNew = shown !== this.#shown;
    if (!viewer.asks || (!isNew && nowMs - viewer.sentMs < HEARTBEAT_MS)) return;
    if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > MAX_BUFFERED_BYTES) return;
    viewer.asks = false;
    viewer.sentMs = nowMs;
    viewer.shown = this.#shown;
    if (nowMs - viewer.statusMs >= STATUS_MS) {
      viewer.statusMs = nowMs;
      socket.send(this.#statusJson(nowMs));
    }
    socket.send(encodeFrame(ages, isNew ? this.#event : undefined));
  }

  /** Made once for all pages. */
  #statusJson(nowMs: number): string {
    if (nowMs - this.#status.ms >= STATUS_MS / 2) {
      this.#status = { ms: nowMs, json: toJson(this.#options.status()) };
    }
    return this.#status.json;
  }
}

/** The WebSocket that a request asks for; undefined when it lacks a part of what makes one. */
function upgradeOf(
  request: Request,
  knowsProtocol: boolean,
): Deno.WebSocketUpgrade | undefined {
  try {
    return Deno.upgradeWebSocket(request, {
      idleTimeout: 30,
      ...(knowsProtocol && { protocol: PROTOCOL }),
    });
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
