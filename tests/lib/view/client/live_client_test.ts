import { newRecorderLedger } from "../../../../lib/ledger/ledger.ts";
import { toJson } from "../../../../lib/text/json.ts";
import { LiveClient } from "../../../../lib/view/client/live_client.ts";
import { encodeFrame } from "../../../../lib/view/protocol/frame.ts";
import type { LiveStatus } from "../../../../lib/view/protocol/live_status.ts";
import { ListenedCamera } from "../../../../lib/view/source/listened_camera.ts";
import { SLOTS } from "../../../../lib/wire/camera.ts";
import { assertEquals, assertMatch } from "../../../assert.ts";
import { nth } from "../../../elements.ts";
import { waitFor } from "../../../wait_for.ts";
import { makeEvent } from "../../make_event.ts";

const GIVE_UP_MS = 200;
const AGES = { silentAfterSeconds: 1, seconds: new Float32Array(SLOTS) };

/** A server of WebSockets: the nth connection is handled so. */
function serve(handle: (socket: WebSocket, nth: number) => void) {
  const sockets: WebSocket[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 204 });
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "ssdaq" });
    handle(socket, sockets.push(socket));
    return response;
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    get connections() {
      return sockets.length;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close();
      await server.shutdown();
    },
  };
}

Deno.test("a server that was reached and answers no more is given up and tried again", async () => {
  await using server = serve((socket, nth) => {
    if (nth > 1) socket.onmessage = () => socket.send(encodeFrame(AGES, undefined));
  });
  let frames = 0;
  using _client = new LiveClient({
    ...{
      url: server.url,
      giveUpMs: GIVE_UP_MS,
      onStatus: () => {},
      onRefused: () => {},
      onUnexpected: () => {},
    },
    pace: (draw) => draw(),
    onFrame: () => frames++,
  });
  await waitFor("frames of the second connection", () => frames > 2);
  assertEquals(server.connections, 2);
});

Deno.test("a client that asks for nothing, as in the background, keeps its connection", async () => {
  using camera = new ListenedCamera({
    ...{ origin: "nowhere", ledger: newRecorderLedger(), replayBytes: 1e6, badPixels: [] },
  });
  await using server = serve((socket) => {
    socket.onmessage = () => {
      socket.send(encodeFrame(AGES, undefined));
      const timer = setInterval(() => socket.send(toJson(camera.status(0))), GIVE_UP_MS);
      socket.onclose = () => clearInterval(timer);
    };
  });
  let statuses = 0;
  using client = new LiveClient({
    ...{
      url: server.url,
      giveUpMs: GIVE_UP_MS,
      onFrame: () => {},
      onRefused: () => {},
      onUnexpected: () => {},
    },
    pace: () => {},
    onStatus: () => statuses++,
  });
  await waitFor("more time than an answer is waited for", () => statuses > 3);
  assertEquals([server.connections, client.connected], [1, true]);
});

Deno.test("a client is told statuses in their types, and of those that are none why not", async () => {
  using camera = new ListenedCamera({
    ...{ origin: "nowhere", ledger: newRecorderLedger(), replayBytes: 1e6, badPixels: [] },
  });
  camera.push(makeEvent(3, 7), 0);
  const status = camera.status(0);
  await using server = serve((socket) => {
    socket.onmessage = () => {
      for (const told of [toJson(status), toJson({ ...status, run: "7" }), "{", "{}"]) {
        socket.send(told);
      }
    };
  });
  const statuses: LiveStatus[] = [];
  const strange: string[] = [];
  using _client = new LiveClient({
    ...{ url: server.url, onFrame: () => {}, onRefused: () => {}, pace: () => {} },
    onStatus: (told) => statuses.push(told),
    onUnexpected: (reason) => strange.push(reason),
  });
  await waitFor("all that is told", () => strange.length === 3);
  assertEquals(statuses, [status]);
  assertEquals([status.run, status.replay], [7n, [{ run: 7n, epoch: 0, from: 3n, to: 3n }]]);
  assertEquals([strange[0], strange[2]], [
    "its run must be a whole number",
    "its source must be daemon or listener",
  ]);
  assertMatch(nth(strange, 1), /JSON/);
});
