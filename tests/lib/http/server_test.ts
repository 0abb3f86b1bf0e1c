import { ConfigurationError, UnavailableError } from "../../../lib/errors.ts";
import { textAnswer } from "../../../lib/http/answer.ts";
import { ControlServer, type Route } from "../../../lib/http/server.ts";
import { assert, assertEquals, assertLess, assertMatch, assertThrows } from "../../assert.ts";
import { flipBits } from "../../elements.ts";
import { Dice } from "../../fuzz/dice.ts";
import { logTo } from "../../log_lines.ts";
import { SEED } from "../../property.ts";
import { DEADLINE_MS, waitFor } from "../../wait_for.ts";

const TOKEN = "sixteen-bytes-16";

const LOCAL = { hostname: "127.0.0.1", port: 0 };

/** A server with a route each way, one that takes for ever, and one that is defective. */
function serve(
  options: {
    address?: typeof LOCAL;
    token?: string;
    names?: string[];
    requestMs?: number;
  } = {},
) {
  const lines: string[] = [];
  const stuck = Promise.withResolvers<void>();
  const routes: Route[] = [
    { method: "GET", path: "/status", places: 4, handle: () => textAnswer(200, "fine") },
    { method: "GET", path: "/healthz", open: true, places: 4, handle: () => textAnswer(200, "ok") },
    { method: "GET", path: "/events", places: 4, handle: () => textAnswer(200, "some") },
    { method: "POST", path: "/pause", handle: () => textAnswer(200, "paused") },
    {
      method: "GET",
      path: "/stuck",
      handle: () => stuck.promise.then(() => textAnswer(200, "at last")),
    },
    {
      method: "GET",
      path: "/stuck-too",
      places: 4,
      handle: () => stuck.promise.then(() => textAnswer(200, "at last")),
    },
    {
      method: "GET",
      path: "/defect",
      handle: () => {
        throw new Error("broken");
      },
    },
  ];
  const log = logTo(lines);
  const server = ControlServer.start({ address: LOCAL, routes, log, ...options });
  const port = Number(new URL(server.url).port);
  return {
    server,
    port,
    lines,
    release: () => stuck.resolve(),
    /** Sends bytes as they are; what comes back until the server closes, or has nothing to say. */
    async raw(bytes: Uint8Array | string, waitMs = DEADLINE_MS): Promise<string> {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      const timer = setTimeout(() => connection.close(), waitMs);
      let answer = "";
      try {
        const sent = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
        for (let at = 0; at < sent.length;) at += await connection.write(sent.subarray(at));
        const buffer = new Uint8Array(65_536);
        for (let read; (read = await connection.read(buffer)) !== null;) {
          answer += new TextDecoder().decode(buffer.subarray(0, read));
        }
      } catch {
        // The server may close before it has read everything.
      } finally {
        clearTimeout(timer);
        try {
          connection.close();
        } catch {
          // It was closed by the timer.
        }
      }
      return answer;
    },
    /** The status of a request with these headers. */
    async ask(method: string, path: string, headers = "", body = ""): Promise<number> {
      const host = /^host:/mi.test(headers) ? "" : `Host: 127.0.0.1:${port}\r\n`;
      const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
      const answer = await this.raw(
        `${method} ${path} HTTP/1.1\r\n${host}${headers}${length}Connection: close\r\n\r\n${body}`,
      );
      return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? NaN);
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

Deno.test("ControlServer answers what there is, and says what there is otherwise", async () => {
  await using peer = serve();
  assertEquals(await peer.ask("GET", "/status"), 200);
  assertEquals(await peer.ask("HEAD", "/status"), 200);
  assertEquals(await peer.ask("POST", "/pause"), 200);
  assertEquals(await peer.ask("GET", "/pause"), 405);
  assertEquals(await peer.ask("DELETE", "/status"), 405);
  assertEquals(await peer.ask("GET", "/nothing"), 404);
  const answer = await fetch(`${peer.server.url}/nothing`);
  assertEquals(
    await answer.text(),
    "no such path; this server has GET /status, GET /healthz, GET /events, POST /pause, GET /stuck, GET /stuck-too, " +
      "GET /defect\n",
  );
});

Deno.test("ControlServer of all addresses answers to each address of its port, but to no name", async () => {
  await using peer = serve({ address: { hostname: "0.0.0.0", port: 0 } });
  const { port } = peer;
  const of = (host: string) => peer.ask("POST", "/pause", `Host: ${host}\r\n`);
  for (const host of [`192.0.2.1:${port}`, `[2001:db8::1]:${port}`, "127.0.0.1"]) {
    assertEquals(await of(host), 200, host);
  }
  // A page of another site can have its own name point here.
  const others = [`evil.example:${port}`, `1.2.3.4.evil.example:${port}`, `1.2.3:${port}`];
  for (const host of [...others, "192.0.2.1:9", "192.0.2.1"]) {
    assertEquals(await of(host), 403, host);
  }
});

Deno.test("ControlServer refuses a foreign Host and any Origin but its own", async () => {
  await using peer = serve({ names: ["DAQ.example"] });
  const { port } = peer;
  const of = (headers: string) => peer.ask("POST", "/pause", headers);
  for (
    const host of [`127.0.0.1:${port}`, `LOCALHOST:${port}`, "127.0.0.1:9", "daq.EXAMPLE"]
  ) {
    assertEquals(await of(`Host: ${host}\r\n`), 200, host);
  }
  for (
    const host of ["evil.example", `evil.example:${port}`, "192.0.2.1", "127.0.0.1.evil.example"]
  ) {
    assertEquals(await of(`Host: ${host}\r\n`), 403, host);
  }
  assertEquals(await of(`Origin: HTTP://127.0.0.1:${port}\r\n`), 200);
  for (
    const origin of ["http://evil.example", "null", `http://localhost:${port}`, "http://127.0.0.1"]
  ) {
    assertEquals(await of(`Origin: ${origin}\r\n`), 403, origin);
  }
});

Deno.test("ControlServer with a token wants it, but for what is open", async () => {
  await using peer = serve({ token: TOKEN });
  const of = (headers: string) => peer.ask("GET", "/status", headers);
  assertEquals(await of(`Authorization: Bearer ${TOKEN}\r\n`), 200);
  for (const wrong of ["", `Authorization: Bearer ${TOKEN}0\r\n`, `Authorization: ${TOKEN}\r\n`]) {
    assertEquals(await of(wrong), 401, wrong);
  }
  assertEquals(await peer.ask("GET", "/healthz"), 200);
  assertEquals(await peer.ask("GET", "/nothing"), 401);
});

Deno.test("ControlServer refuses what is too long", async () => {
  await using peer = serve();
  assertEquals(await peer.ask("POST", "/pause", "", "x".repeat(65_536)), 200);
  assertEquals(await peer.ask("POST", "/pause", "", "x".repeat(65_537)), 413);
  assertEquals(await peer.ask("GET", `/status?${"x".repeat(3000)}`), 414);
  const headers = `X: ${"x".repeat(1_000_000)}\r\n`;
  const status = await peer.ask("GET", "/status", headers);
  assert(Number.isNaN(status) || status >= 400, String(status));
  assertEquals(await peer.ask("GET", "/status"), 200);
});

Deno.test("ControlServer answers 32 requests at once, and others with 503", async () => {
  await using peer = serve();
  const asked = Array.from({ length: 32 }, () => fetch(`${peer.server.url}/stuck`));
  await waitFor("32 requests", () => peer.server.requests === 32);
  const more = await fetch(`${peer.server.url}/nothing`);
  assertEquals([more.status, more.headers.get("retry-after")], [503, "1"]);
  await more.body?.cancel();
  peer.release();
  for (const answer of await Promise.all(asked)) assertEquals(await answer.text(), "at last\n");
  await waitFor("none", () => peer.server.requests === 0);
  assertEquals(await peer.ask("GET", "/status"), 200);
});

/** Connections that send the head of a request and the start of its body, but never the rest. */
async function unfinished(port: number, path: string, count: number) {
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
  const bytes = (index: number) =>
    new TextEncoder().encode(
      head + (index % 2 === 0
        ? "Content-Length: 1000\r\n\r\n{"
        : "Transfer-Encoding: chunked\r\n\r\n5\r\n{"),
    );
  const connections = await Promise.all(Array.from({ length: count }, async (_, index) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(bytes(index));
    return connection;
  }));
  return {
    [Symbol.dispose]() {
      for (const connection of connections) connection.close();
    },
  };
}

for (const path of ["/pause", "/healthz", "/events", "/nothing"]) {
  Deno.test(`ControlServer answers as ever beside 64 unfinished POSTs of ${path}`, async () => {
    await using peer = serve();
    using _ = await unfinished(peer.port, path, 64);
    await waitFor("as many as are let in", () => peer.server.requests >= 16);
    for (let times = 0; times < 40; times++) {
      for (const asked of ["/healthz", "/status", "/events"]) {
        assertEquals(await peer.ask("GET", asked), 200, asked);
      }
      // Who sends no body does not wait behind those who do not end theirs.
      assertEquals(await peer.ask("POST", "/pause"), 200);
      assertEquals(await peer.ask("POST", "/pause", "Content-Length: 0\r\n"), 200);
    }
    assertEquals(await peer.ask("POST", "/pause", "", "{}"), 503);
    assert(peer.server.requests <= 32, String(peer.server.requests));
  });
}

Deno.test("ControlServer gives places of unfinished bodies back when their time is up", async () => {
  await using peer = serve({ requestMs: 200 });
  using _ = await unfinished(peer.port, "/pause", 64);
  await waitFor("as many as are let in", () => peer.server.requests >= 16);
  assertEquals(await peer.ask("POST", "/pause", "", "{}"), 503);
  await waitFor("none", () => peer.server.requests === 0);
  assertEquals(await peer.ask("POST", "/pause", "", "{}"), 200);
});

Deno.test("ControlServer keeps places for a route of its own, and no more than these", async () => {
  await using peer = serve();
  const ask = async (path: string, count: number) => {
    const answers = await Promise.all(
      Array.from({ length: count }, () => fetch(peer.server.url + path)),
    );
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
    return answers.map((answer) => [answer.status, answer.headers.get("retry-after")]);
  };
  const asked = ask("/stuck-too", 4);
  await waitFor("4 requests", () => peer.server.requests === 4);
  assertEquals(await ask("/stuck-too", 2), [[503, "1"], [503, "1"]]);
  assertEquals(await ask("/status", 1), [[200, null]]);
  const others = ask("/stuck", 32);
  await waitFor("36 requests", () => peer.server.requests === 36);
  assertEquals([await ask("/events", 1), await ask("/healthz", 1)], [[[200, null]], [[200, null]]]);
  assertEquals(await ask("/pause", 1), [[503, "1"]]);
  peer.release();
  assertEquals(await asked, Array(4).fill([200, null]));
  assertEquals(await others, Array(32).fill([200, null]));
  await waitFor("none", () => peer.server.requests === 0);
});

Deno.test("ControlServer ends a request that takes too long, and tells a defect", async () => {
  await using peer = serve({ requestMs: 50 });
  const late = await fetch(`${peer.server.url}/stuck`);
  assertEquals([late.status, await late.text()], [408, "too late\n"]);
  assertEquals(await peer.ask("GET", "/defect"), 500);
  assertEquals(peer.lines, ["a request could not be answered: broken"]);
  await waitFor("none", () => peer.server.requests === 0);
});

Deno.test("ControlServer goes on answering beside 300 connections that say nothing or little", async () => {
  await using peer = serve();
  const half = new TextEncoder().encode("GET /status HTTP/1.1\r\nHost: 127");
  const idle = await Promise.all(Array.from({ length: 300 }, async (_, index) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: peer.port });
    if (index % 2 === 0) await connection.write(half);
    return connection;
  }));
  try {
    for (let times = 0; times < 10; times++) assertEquals(await peer.ask("GET", "/status"), 200);
    assertEquals(peer.server.requests, 0);
  } finally {
    for (const connection of idle) connection.close();
  }
});

Deno.test("ControlServer says what to do about a port in use", async () => {
  await using peer = serve();
  assertThrows(
    () => ControlServer.start({ address: { ...LOCAL, port: peer.port }, routes: [] }),
    UnavailableError,
    `cannot serve on 127.0.0.1:${peer.port}: address in use; is another ssdaq running?`,
  );
});

Deno.test("ControlServer answers requests of one connection one after the other, up to four ahead", async () => {
  await using peer = serve();
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
  const end = "Connection: close\r\n\r\n";
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: peer.port });
  try {
    const buffer = new Uint8Array(4096);
    for (let times = 0; times < 3; times++) {
      await connection.write(new TextEncoder().encode(request("/status") + "\r\n"));
      const read = await connection.read(buffer) ?? 0;
      assertMatch(new TextDecoder().decode(buffer.subarray(0, read)), /^HTTP\/1\.1 200 OK\r\n/);
    }
    assertEquals(peer.server.connections.open, 1);
  } finally {
    connection.close();
  }
  const ahead = (count: number) => `${request("/status")}\r\n`.repeat(count);
  const answers = async (bytes: string) => (await peer.raw(bytes)).match(/200 OK/g)?.length ?? 0;
  assertEquals(await answers(ahead(4) + request("/healthz") + end), 5);
  assertLess(await answers(ahead(100) + request("/healthz") + end), 6);
  await waitFor("none", () => peer.server.requests === 0);
});

Deno.test("ControlServer takes the place of a client that does not read for one that does", async () => {
  const part = new Uint8Array(2 ** 20);
  let made = 0;
  await using server = ControlServer.start({
    address: LOCAL,
    routes: [{
      ...{ method: "GET", path: "/events", places: 2 },
      // Longer than the system keeps for a client.
      handle: ({ search }) =>
        search === "" ? new Response("short") : new Response(ReadableStream.from((function* () {
          for (let count = 0; count < 64; count++) {
            made++;
            yield part;
          }
        })())),
    }],
  });
  const { hostname, port } = new URL(server.url);
  const idle = await Promise.all(Array.from({ length: 2 }, async () => {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const request = `GET /events?long HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    return connection;
  }));
  await waitFor("two requests", () => server.requests === 2 && made > 2);
  await waitFor("a place", async () => {
    const answer = await fetch(`${server.url}/events`);
    return await answer.text() === "short";
  });
  assertEquals([server.requests, server.connections.cuts.room], [1, 1]);
  // It makes no more of an answer than is read.
  assertLess(made, 64);
  for (const connection of idle) connection.close();
});

Deno.test("ControlServer cuts an answer off that is not read in time, and who is silent", async () => {
  const part = new Uint8Array(2 ** 20);
  await using server = ControlServer.start({
    ...{ address: LOCAL, requestMs: 100, silenceMs: 100 },
    routes: [{
      ...{ method: "GET", path: "/long", open: true },
      handle: () => new Response(ReadableStream.from(Array<typeof part>(64).fill(part))),
    }],
  });
  const { hostname, port } = new URL(server.url);
  const request = `GET /long HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
  const slow = await Promise.all(["", request.slice(0, 20), request].map(async (bytes) => {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(bytes));
    return connection;
  }));
  await waitFor("three connections", () => server.connections.open === 3);
  await waitFor("none", () => server.connections.open === 0);
  assertEquals([server.requests, server.connections.cuts.silent], [0, 2]);
  for (const connection of slow) connection.close();
});

Deno.test("ControlServer refuses a token that can be guessed, and says how to make one", () => {
  assertThrows(
    () => ControlServer.start({ address: LOCAL, routes: [], token: "x" }),
    ConfigurationError,
    "token: a token has at least 16 bytes, this one has 1; make one with: openssl rand -hex 32",
  );
});

Deno.test("ControlServer answers who guesses late, and who has the token soon", async () => {
  await using peer = serve({ token: TOKEN });
  const of = (token: string) => peer.ask("GET", "/status", `Authorization: Bearer ${token}\r\n`);
  const guesses = Array.from({ length: 30 }, (_, guess) => of(`not-the-token-${guess}`));
  await waitFor("the guesses", () => peer.server.connections.wrongTokens === 30);
  const late = of("another-that-is-not-the-token");
  await waitFor("another", () => peer.server.connections.wrongTokens === 31);
  const first = await Promise.race([late, of(TOKEN)]);
  assertEquals(first, 200);
  // Without a token nothing is guessed.
  assertEquals([await peer.ask("GET", "/status"), peer.server.connections.wrongTokens], [401, 31]);
  await peer.server.close();
  await Promise.allSettled([...guesses, late]);
  assertEquals(peer.lines, ["this host sent a wrong token"]);
});

/** Requests with parts changed, repeated, cut off, or nothing like one. */
function* badRequests(dice: Dice, port: number, count: number): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const parts = ["GET", "POST", " ", "/status", "/pause", "HTTP/1.1", "\r\n", "\r\n\r\n"];
  const headers = [`Host: 127.0.0.1:${port}`, "Content-Length: 99999999999", "Content-Length: -1"];
  const more = ["Transfer-Encoding: chunked", "Expect: 100-continue", "Upgrade: websocket", "\0"];
  for (let left = count; left > 0; left--) {
    if (dice.below(3) === 0) {
      yield dice.some(dice.below(3000)).slice();
      continue;
    }
    const words = Array.from(
      { length: 1 + dice.below(12) },
      () => dice.pick([...parts, ...headers, ...more]),
    );
    const bytes = encoder.encode(
      `GET /status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` + words.join(""),
    );
    for (let flips = dice.below(4); flips > 0; flips--) {
      flipBits(bytes, dice.below(bytes.length), dice.below(256));
    }
    yield bytes.subarray(0, dice.below(2) === 0 ? bytes.length : dice.below(bytes.length));
  }
}

Deno.test("ControlServer answers as ever after 2000 malformed requests", async () => {
  await using peer = serve();
  const requests = [...badRequests(new Dice(SEED), peer.port, 2000)];
  for (let at = 0; at < requests.length; at += 50) {
    await Promise.all(requests.slice(at, at + 50).map((bytes) => peer.raw(bytes, 30)));
  }
  await waitFor("none", () => peer.server.requests === 0);
  assertEquals(await peer.ask("GET", "/status"), 200);
  assertEquals(peer.lines, []);
});
