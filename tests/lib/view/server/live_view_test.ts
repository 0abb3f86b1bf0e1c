import { ControlServer } from "../../../../lib/http/server.ts";
import { newRecorderLedger } from "../../../../lib/ledger/ledger.ts";
import { decodeFrame, type Frame } from "../../../../lib/view/protocol/frame.ts";
import { LiveView } from "../../../../lib/view/server/live_view.ts";
import { ListenedCamera } from "../../../../lib/view/source/listened_camera.ts";
import { assert, assertEquals, assertMatch } from "../../../assert.ts";
import { allCaptured } from "../../../captured.ts";
import { first, nth } from "../../../elements.ts";
import { waitFor } from "../../../wait_for.ts";
import { makeEvent } from "../../recording/fixtures.ts";

const TOKEN = "sixteen-bytes-16";

/** A live view on a free port, of a camera that hears nothing by itself. */
function startView(options: { token?: string } = {}) {
  const camera = new ListenedCamera({
    ...{ origin: "nowhere", ledger: newRecorderLedger(), replayBytes: 1e6, badPixels: [] },
  });
  const live = new LiveView({
    status: () => camera.status(performance.now()),
    lastSeenMs: camera.lastSeenMs,
  });
  const server = ControlServer.start({
    address: { hostname: "127.0.0.1", port: 0 },
    routes: live.routes,
    ...options,
  });
  return {
    live,
    url: server.url,
    async [Symbol.asyncDispose]() {
      live[Symbol.dispose]();
      camera[Symbol.dispose]();
      await server.close();
    },
  };
}

/** A page's WebSocket, which asks only when it is told to. */
async function openSocket(url: string, protocols: string[] = ["ssdaq"]) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/live`, protocols);
  socket.binaryType = "arraybuffer";
  const frames: Frame[] = [];
  const statuses: string[] = [];
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") return void statuses.push(data);
    const frame = decodeFrame(data);
    if (frame === undefined) throw new Error("no frame");
    frames.push(frame);
  };
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener("close", ({ code }) => resolve(code));
  });
  const opened = await new Promise<boolean>((resolve) => {
    socket.onopen = () => resolve(true);
    socket.onclose = () => resolve(false);
    socket.onerror = () => resolve(false);
  });
  return {
    opened,
    /** The code with which it is closed. */
    closed,
    frames,
    statuses,
    /** Asks for a frame, and waits for it. */
    async ask(): Promise<Frame> {
      const had = frames.length;
      socket.send("next");
      await waitFor("a frame", () => frames.length > had);
      return nth(frames, had);
    },
    async [Symbol.asyncDispose]() {
      if (socket.readyState === WebSocket.CLOSED) return;
      await new Promise<void>((resolve) => {
        socket.onclose = () => resolve();
        socket.close();
      });
    },
  };
}

Deno.test("the page and all that it asks for is served, with a policy that lets nothing else in", async () => {
  await using view = startView({ token: TOKEN });
  const page = await fetch(view.url);
  assertEquals(page.status, 200);
  const policy = page.headers.get("content-security-policy") ?? "";
  assertMatch(policy, /^default-src 'none'; script-src 'self'; /);
  const html = await page.text();
  const asked = allCaptured(html, /(?:src|href)="(\/[^"]+)"/g);
  assertEquals(asked, ["/page/style.css", "/page/main.js"]);
  assert(!/<script(?! type="module" src=)/.test(html), "a script stands in the page");
  for (const path of asked) {
    const response = await fetch(view.url + path);
    assertEquals(response.status, 200, path);
    assertMatch(
      response.headers.get("content-type") ?? "",
      /^text\/(css|javascript); charset=utf-8$/,
    );
    const text = await response.text();
    assert(text.length > 1000, `${path}: ${text}`);
    assert(!/@import|url\(|\bimport\b\s*[("'{*]|\bfrom\s*"/.test(text), `${path} asks for more`);
  }
});

Deno.test("a page is sent the newest event when it asks, and nothing when it does not", async () => {
  await using view = startView();
  await using socket = await openSocket(view.url);
  const { ages, event } = await socket.ask();
  assertEquals([event, ages.seconds[0]], [undefined, Infinity]);
  assertMatch(first(socket.statuses), /"origin":"nowhere"/);
  for (let number = 1; number <= 5; number++) {
    const made = makeEvent(number);
    made.timestampNs += BigInt(number) * 3_600_000_000_000n;
    view.live.push([made]);
  }
  assertEquals((await socket.ask()).event?.number, 5n);
  await using other = await openSocket(view.url);
  await waitFor("the event for others", async () => (await other.ask()).event?.number === 5n);
  view.live.push([makeEvent(6)]);
  await waitFor("the next for others", async () => (await other.ask()).event?.number === 6n);
  assertEquals(socket.frames.length, 2);
});

Deno.test("a page that asks hears though there is nothing new, so that it knows it is not cut off", async () => {
  await using view = startView();
  await using socket = await openSocket(view.url);
  view.live.push([makeEvent(1)]);
  await waitFor("the event", async () => (await socket.ask()).event !== undefined);
  assertEquals((await socket.ask()).event, undefined);
});

Deno.test("sixteen pages are served at once, and another when one has gone", async () => {
  await using view = startView();
  await using sockets = new AsyncDisposableStack();
  const first = await openSocket(view.url);
  for (let count = 1; count < 16; count++) {
    assert(sockets.use(await openSocket(view.url)).opened);
  }
  assertEquals(view.live.viewers, 16);
  assert(!sockets.use(await openSocket(view.url)).opened);
  await first[Symbol.asyncDispose]();
  await waitFor("it to have gone", () => view.live.viewers === 15);
  assert(sockets.use(await openSocket(view.url)).opened);
});

Deno.test("of sixty pages that come at once sixteen are served, and the others are told so", async () => {
  await using view = startView();
  await using sockets = new AsyncDisposableStack();
  const pages = await Promise.all(Array.from({ length: 60 }, () => openSocket(view.url)));
  for (const page of pages) sockets.use(page);
  assertEquals(pages.filter(({ opened }) => opened).length, 16);
  assertEquals(view.live.viewers, 16);
  const refused = await upgrade(view.url);
  assertMatch(await refused.head(), /^HTTP\/1\.1 503 .*\r\nretry-after: 1\r\n/is);
  refused.close();
});

Deno.test("a page that goes during its handshake leaves its place to another", async () => {
  await using view = startView();
  for (let round = 0; round < 3; round++) {
    const going = await Promise.all(Array.from({ length: 60 }, () => upgrade(view.url)));
    for (const page of going) page.close();
    await waitFor("their places", () => view.live.viewers === 0);
  }
  // The last of them may still be on their way in.
  await waitFor("a place", async () => {
    await using socket = await openSocket(view.url);
    return socket.opened;
  });
});

/** Asks for a WebSocket as bytes, so that it can be left at any point. */
async function upgrade(url: string) {
  const { hostname, port, host } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const head = `GET /live HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\n` +
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ssdaq\r\n\r\n";
  await connection.write(new TextEncoder().encode(head));
  return {
    /** The answer as far as it comes at once. */
    async head(): Promise<string> {
      const buffer = new Uint8Array(4096);
      const read = await connection.read(buffer);
      return new TextDecoder().decode(buffer.subarray(0, read ?? 0));
    },
    close: () => connection.close(),
  };
}

Deno.test("/live wants a WebSocket, and the token, which may stand among its protocols", async () => {
  await using view = startView({ token: TOKEN });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const plain = await fetch(`${view.url}/live`, { headers });
  assertEquals([plain.status, await plain.text()], [
    426,
    "/live is a WebSocket; the page at / uses it\n",
  ]);
  const access = async (headers = {}) => {
    const response = await fetch(`${view.url}/live/access`, { headers });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals([await access(headers), await access()], [204, 401]);
  const hex = new TextEncoder().encode(TOKEN).toHex();
  for (
    const [protocols, opens] of [
      [["ssdaq"], false],
      [["ssdaq", "token.00"], false],
      [["ssdaq", `token.${hex}`], true],
    ] as const
  ) {
    await using socket = await openSocket(view.url, [...protocols]);
    assertEquals(socket.opened, opens, protocols.join());
  }
});
