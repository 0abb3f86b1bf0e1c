import { textAnswer } from "../../http/answer.ts";
import { CloseCode, type PageSocket } from "../../http/page_socket.ts";
import { WebSocketDoor } from "../../http/web_socket_door.ts";
import type { Route } from "../../http/server.ts";
import { toJson } from "../../text/json.ts";
import type { CameraEvent } from "../../wire/event.ts";
import { encodeFrame, type ModuleAges } from "../protocol/frame.ts";
import type { LiveStatus } from "../protocol/live_status.ts";
import { Playout } from "../source/playout.ts";
import { SilenceWatch } from "../source/silence.ts";
import { pageRoutes } from "./page_files.ts";

/** Maximum number of open pages. */
const MAX_VIEWERS = 16;

/** Interval of checks for something to send. */
const TICK_MS = 25;
/** Interval of checks without open pages. They learn the modules' usual steps. */
const IDLE_TICK_MS = 250;

/** Each page gets a message at least this often, so it knows that it is connected. */
const HEARTBEAT_MS = 200;
/** Interval of status messages. */
const STATUS_MS = 1000;
/** If more than this has not been sent yet, no new data is added: seven frames. */
const MAX_BUFFERED_BYTES = 64 * 1024;
/** A page for which more than that waits for so long is told that it is too slow, and closed. */
const TOO_SLOW_MS = 5000;

/** The protocol of the page's WebSocket. A token can be listed beside it. */
const PROTOCOL = "ssdaq";

/** Options of a {@linkcode LiveView}. */
export interface LiveViewOptions {
  /** Returns the present status. */
  status: () => LiveStatus;
  /** When modules were last heard, by slot: monotonic ms, -Infinity for never. */
  lastSeenMs: ArrayLike<number>;
}

/** An open page. */
interface Viewer {
  socket: PageSocket;
  /** Whether it has drawn the last frame and asks for the next. */
  asks: boolean;
  /** Number of the last event sent to it. */
  shown: number;
  sentMs: number;
  statusMs: number;
  /** Since when too much waits for it, monotonic ms; Infinity if it does not. */
  slowSinceMs: number;
}

/**
 * The live view: serves a page with the camera's image, and keeps the page up to date.
 *
 * A page asks for the next frame when it has drawn the last one, and then gets the newest event. So
 * nothing is queued at any rate, and a page that does not ask costs nothing. It serves 16 pages at
 * once. Further pages get 503. While more than 64 KiB wait for a page, it gets no frame; after 5 s
 * of that it is closed.
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
  /** Number of events shown so far. */
  #shown = 0;
  #status = { ms: -Infinity, json: "" };

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), IDLE_TICK_MS);
  }

  /** Number of open pages. */
  get viewers(): number {
    return this.#viewers.size;
  }

  /**
   * The routes: the page at `/`, its files, its WebSocket at `/live`, and `/live/access`, which
   * says whether the token is right, because a WebSocket does not say why it was refused.
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
        webSocket: {
          door: new WebSocketDoor(PROTOCOL),
          maxOpen: MAX_VIEWERS,
          refuse: () => this.#refuse(),
          open: (socket) => this.#open(socket),
        },
        handle: () =>
          textAnswer(426, "/live is a WebSocket; the page at / uses it", {
            upgrade: "websocket",
          }),
      },
    ];
  }

  /** Takes events that were built now. Without open pages, it keeps only the last one. */
  push(events: readonly CameraEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    this.#playout.push(this.#viewers.size === 0 ? [last] : events, performance.now());
  }

  /** Closes the connections of all pages. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#viewers) socket.close(CloseCode.goingAway, "the server stops");
    this.#viewers.clear();
  }

  #refuse(): Response | undefined {
    if (this.#viewers.size < MAX_VIEWERS) return undefined;
    return textAnswer(503, `${MAX_VIEWERS} pages are open; close one of them`, {
      "retry-after": "1",
    });
  }

  #open(socket: PageSocket): void {
    const viewer: Viewer = {
      socket,
      asks: false,
      shown: -1,
      sentMs: -Infinity,
      statusMs: -Infinity,
      slowSinceMs: Infinity,
    };
    // Any message from a page means that it has drawn its frame.
    socket.onMessage = () => viewer.asks = true;
    socket.onClose = () => this.#remove(viewer);
    this.#viewers.add(viewer);
    if (this.#viewers.size === 1) this.#retime(TICK_MS);
  }

  #remove(viewer: Viewer): void {
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
    if (this.#isSlow(viewer, nowMs)) return;
    const isNew = shown !== this.#shown;
    if (!viewer.asks || (!isNew && nowMs - viewer.sentMs < HEARTBEAT_MS)) return;
    if (!socket.isOpen) return;
    viewer.asks = false;
    viewer.sentMs = nowMs;
    viewer.shown = this.#shown;
    if (nowMs - viewer.statusMs >= STATUS_MS) {
      viewer.statusMs = nowMs;
      socket.send(this.#statusJson(nowMs));
    }
    socket.send(encodeFrame(ages, isNew ? this.#event : undefined));
  }

  /** Whether a page has not read what it was sent. It is closed if that lasts. */
  #isSlow(viewer: Viewer, nowMs: number): boolean {
    const { socket } = viewer;
    if (socket.waitingBytes <= MAX_BUFFERED_BYTES) {
      viewer.slowSinceMs = Infinity;
      return false;
    }
    viewer.slowSinceMs = Math.min(viewer.slowSinceMs, nowMs);
    if (nowMs - viewer.slowSinceMs >= TOO_SLOW_MS) {
      socket.close(CloseCode.tryAgain, "the page reads too slowly");
      this.#remove(viewer);
    }
    return true;
  }

  /** The status is made once for all pages. */
  #statusJson(nowMs: number): string {
    if (nowMs - this.#status.ms >= STATUS_MS / 2) {
      this.#status = { ms: nowMs, json: toJson(this.#options.status()) };
    }
    return this.#status.json;
  }
}
