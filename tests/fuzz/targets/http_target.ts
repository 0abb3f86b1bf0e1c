import { textAnswer } from "../../../lib/http/answer.ts";
import { ControlServer } from "../../../lib/http/server.ts";
import { newRecorderLedger } from "../../../lib/ledger/ledger.ts";
import { eventsAnswer } from "../../../lib/replay/events_answer.ts";
import { ReplayBuffer } from "../../../lib/replay/replay_buffer.ts";
import { LiveView } from "../../../lib/view/server/live_view.ts";
import { ListenedCamera } from "../../../lib/view/source/listened_camera.ts";
import { EVENT_BYTES } from "../../../lib/wire/event.ts";
import { assert, assertEquals } from "../../assert.ts";
import { makeEvent } from "../../lib/make_event.ts";
import { waitFor } from "../../wait_for.ts";
import type { FuzzTarget, OpenTarget } from "../engine/fuzz_target.ts";

const TOKEN = "0123456789abcdef";

/** The client ends the connection after so long: a request of random bytes may never be whole. */
const PATIENCE_MS = 250;
/** The server ends a request after so long. */
const REQUEST_MS = 150;
/** An answer to a good request, on a busy machine. */
const GOOD_MS = 20_000;

/** After so many inputs the server must answer a good request, and have no other. */
const CHECK_EVERY = 50;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The server of a daemon, about, with its live view; nothing behind it. */
function startServer() {
  const replay = new ReplayBuffer(4 * EVENT_BYTES);
  replay.push([makeEvent(1), makeEvent(2)]);
  const camera = new ListenedCamera({
    ...{ origin: "nowhere", ledger: newRecorderLedger(), replayBytes: 1e6, badPixels: [] },
  });
  const live = new LiveView({
    status: () => camera.status(performance.now()),
    lastSeenMs: camera.lastSeenMs,
  });
  const defects: string[] = [];
  const server = ControlServer.start({
    address: { hostname: "127.0.0.1", port: 0 },
    token: TOKEN,
    requestMs: REQUEST_MS,
    routes: [
      {
        method: "GET",
        path: "/healthz",
        open: true,
        places: 8,
        handle: () => textAnswer(200, "ok"),
      },
      { method: "POST", path: "/pause", handle: () => textAnswer(200, "paused") },
      {
        method: "GET",
        path: "/events",
        handle: ({ searchParams }) => eventsAnswer(replay, searchParams),
      },
      ...live.routes,
    ],
    log: ({ level, text }) => {
      if (level === "error") defects.push(text);
    },
  });
  return { server, live, camera, defects };
}

/** Sends bytes, and returns what comes back until the end of the connection. */
async function ask(
  port: number,
  bytes: Uint8Array,
  patienceMs = PATIENCE_MS,
): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const timer = setTimeout(() => connection.close(), patienceMs);
  let answer = "";
  try {
    const writer = connection.writable.getWriter();
    await writer.write(bytes.slice());
    writer.releaseLock();
    for await (const chunk of connection.readable) {
      answer += decoder.decode(chunk, { stream: true });
    }
  } catch {
    // Either side may break the connection off.
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // It is closed already.
    }
  }
  return answer;
}

/**
 * The bytes of a request: the input up to its first zero is the head, with its token and its end
 * added; what follows is sent after it.
 */
function requestOf(input: Uint8Array): Uint8Array {
  const end = input.indexOf(0);
  const head = end < 0 ? input : input.subarray(0, end);
  const rest = end < 0 ? new Uint8Array(0) : input.subarray(end + 1);
  const isWebSocket = decoder.decode(head).toLowerCase().includes("upgrade: websocket");
  const last = encoder.encode(`\r\nconnection: ${isWebSocket ? "upgrade" : "close"}\r\n\r\n`);
  return Uint8Array.from([...head, ...last, ...rest]);
}

function open(): Promise<OpenTarget> {
  const { server, live, camera, defects } = startServer();
  const port = Number(new URL(server.url).port);
  let runs = 0;
  return Promise.resolve({
    async run(input) {
      const answer = await ask(port, requestOf(input));
      if (answer !== "") {
        assert(/^HTTP\/1\.[01] (?:101|[24]\d\d|503) /.test(answer), answer.slice(0, 200));
      }
      assertEquals(defects, []);
      if (++runs % CHECK_EVERY !== 0) return;
      await waitFor("no request", () => server.requests === 0 && live.viewers === 0);
      const good = await ask(
        port,
        encoder.encode("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"),
        GOOD_MS,
      );
      assert(good.startsWith("HTTP/1.1 200 "), good);
    },
    async [Symbol.asyncDispose]() {
      live[Symbol.dispose]();
      camera[Symbol.dispose]();
      await server.close();
    },
  });
}

const AUTHORIZATION = `authorization: Bearer ${TOKEN}`;
const WEB_SOCKET = "GET /live HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n" +
  "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + AUTHORIZATION;

export const target: FuzzTarget = {
  name: "http",
  summary: "requests to the control port, and frames of a WebSocket to the live view",
  sources: ["lib/http/", "lib/view/server/live_view.ts", "lib/replay/events_answer.ts"],
  maxBytes: 4096,
  seeds: () => [
    encoder.encode(`GET /events?run=1&from=1 HTTP/1.1\r\nhost: localhost\r\n${AUTHORIZATION}`),
    encoder.encode(
      `POST /pause HTTP/1.1\r\nhost: [::1]:1\r\ncontent-length: 3\r\n${AUTHORIZATION}\0abc`,
    ),
    encoder.encode("GET / HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost"),
    encoder.encode("HEAD /healthz HTTP/1.1\r\nhost: elsewhere"),
    encoder.encode("DELETE /healthz HTTP/1.1\r\nhost: 127.0.0.1:9\r\norigin: http://evil"),
    encoder.encode(
      `GET /nowhere?${"x".repeat(100)} HTTP/1.0\r\nhost: localhost\r\n${AUTHORIZATION}`,
    ),
    encoder.encode(
      `GET /live HTTP/1.1\r\nhost: localhost\r\nsec-websocket-protocol: ssdaq, token.${
        encoder.encode(TOKEN).toHex()
      }`,
    ),
    encoder.encode(
      `POST /pause HTTP/1.1\r\nhost: localhost\r\n${AUTHORIZATION}\r\n` +
        "transfer-encoding: chunked\x005\r\nabcde\r\n0\r\n\r\n",
    ),
    Uint8Array.from([
      ...encoder.encode(WEB_SOCKET),
      ...[0, 0x81, 0x84, 0, 0, 0, 0, 110, 101, 120, 116, 0x01, 0x82, 0, 0, 0, 0, 1, 2, 0x88, 0x80],
    ]),
  ],
  words: [
    ...["transfer-encoding: chunked", "sec-websocket-protocol: ssdaq, token.30", "HEAD", "POST"],
    ...[`\r\n${AUTHORIZATION}`, "\r\nhost: localhost", "\r\norigin: http://localhost", "/live"],
    ...["\r\nexpect: 100-continue", "\r\ncontent-length: 70000", "/live/access", "HTTP/1.0"],
  ],
  open,
};
