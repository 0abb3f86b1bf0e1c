import { newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { ReplayClient, type ReplayClientOptions } from "../../../lib/replay/replay_client.ts";
import { encodeEvent, EVENT_BYTES } from "../../../lib/wire/event.ts";
import { assertEquals, assertMatch } from "../../assert.ts";
import { first, only } from "../../elements.ts";
import { logTo } from "../../log_lines.ts";
import { makeEvent } from "../make_event.ts";

const { signal } = new AbortController();

/** A control port that answers as it is told; `asked` are the paths, with their queries. */
function answering(answer: (url: URL, request: Request) => Response) {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const url = new URL(request.url);
      asked.push(url.pathname + url.search);
      return answer(url, request);
    },
  );
  return {
    asked,
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A client that keeps what it logs. */
function clientOf(url: string, options: Partial<ReplayClientOptions> = {}) {
  const lines: string[] = [];
  return { client: new ReplayClient({ url, log: logTo(lines), ...options }), lines };
}

/** The messages of these events of run 7. */
function bodyOf(...numbers: number[]): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(numbers.length * EVENT_BYTES);
  numbers.forEach((number, index) =>
    body.set(encodeEvent(makeEvent(number, 7), "event"), index * EVENT_BYTES)
  );
  return body;
}

async function numbersOf(client: ReplayClient, from: bigint, to: bigint): Promise<number[]> {
  const numbers = [];
  for await (const event of client.events({ run: 7n, epoch: 0, from, to }, signal)) {
    numbers.push(Number(event.number));
  }
  return numbers;
}

const STATUS = {
  run: 7,
  ledger: newDaemonLedger(),
  publish: [{ endpoint: "tcp://127.0.0.101:5555" }, { endpoint: "tcp://0.0.0.0:9004" }],
  replay: { runs: [{ run: 6, from: 1, to: 3 }, { run: 7, from: 2, to: 9 }] },
};

Deno.test("ReplayClient asks on until the range is there or no more comes", async () => {
  await using daemon = answering(({ searchParams }) => {
    const from = Number(searchParams.get("from"));
    return new Response(bodyOf(...[from, from + 1].filter((number) => number <= 7)));
  });
  const { client } = clientOf(daemon.url);
  assertEquals(await numbersOf(client, 3n, 6n), [3, 4, 5, 6]);
  assertEquals(await numbersOf(client, 6n, 20n), [6, 7]);
  assertEquals(daemon.asked.slice(0, 2), [
    "/events?run=7&from=3&to=6",
    "/events?run=7&from=5&to=6",
  ]);
});

Deno.test("ReplayClient tells the runs that are kept, and which is under way", async () => {
  await using daemon = answering(() => Response.json(STATUS));
  const { client } = clientOf(daemon.url);
  assertEquals(await client.runs(signal), [
    { run: 6n, epoch: 0, from: 1n, to: 3n, current: false },
    { run: 7n, epoch: 0, from: 2n, to: 9n, current: true },
  ]);
  assertEquals(await client.account(signal), { run: 7n, epoch: 0, ledger: newDaemonLedger() });
});

Deno.test("ReplayClient takes nothing from a daemon that publishes elsewhere", async () => {
  await using daemon = answering(() => Response.json(STATUS));
  const elsewhere = clientOf(daemon.url, { endpoints: ["tcp://127.0.0.101:5556"] });
  assertEquals(await elsewhere.client.runs(signal), undefined);
  assertMatch(
    first(elsewhere.lines),
    /publishes on tcp:\S+ and tcp:\S+: gaps are not filled from it/,
  );
  for (const endpoint of ["tcp://127.0.0.101:5555", "tcp://daq:9004"]) {
    const { client, lines } = clientOf(daemon.url, { endpoints: [endpoint] });
    assertEquals((await client.runs(signal))?.length, 2);
    assertEquals(lines, [`filling gaps from the replay buffer at ${daemon.url}`]);
  }
});

Deno.test("ReplayClient takes no event where readouts are heard, which have no run", async () => {
  const publish = [
    { endpoint: "tcp://127.0.0.1:1", format: "readout" },
    { endpoint: "tcp://0.0.0.0:2", format: "event" },
  ];
  await using daemon = answering(() => Response.json({ ...STATUS, publish }));
  for (const named of [false, true]) {
    const heard = async (...ports: number[]) => {
      const endpoints = ports.map((port) => `tcp://127.0.0.1:${port}`);
      const { client, lines } = clientOf(daemon.url, { endpoints, named });
      const runs = await client.runs(signal);
      // Its counters are those of both.
      assertEquals((await client.account(signal))?.run, 7n);
      return [runs?.length, lines.length];
    };
    assertEquals(await heard(1), [0, 0]);
    assertEquals(await heard(1, 2), [0, 0]);
    assertEquals(await heard(2), [2, named ? 0 : 1]);
  }
});

Deno.test("ReplayClient that is named asks a daemon wherever it publishes", async () => {
  await using daemon = answering(() => Response.json(STATUS));
  const options = { endpoints: ["tcp://127.0.0.101:5556"], named: true };
  const { client, lines } = clientOf(daemon.url, options);
  assertEquals([client.isCertain, (await client.runs(signal))?.length], [true, 2]);
  assertEquals(lines, []);
});

Deno.test("ReplayClient takes the good events of an answer that is not, and ends", async () => {
  const answers = [
    new Uint8Array(100),
    new Uint8Array(EVENT_BYTES),
    bodyOf(9),
    bodyOf(3, 3),
    bodyOf(3, 2),
    bodyOf(3).subarray(0, EVENT_BYTES - 1),
  ];
  const taken = [];
  for (const answer of answers) {
    let answered = 0;
    await using daemon = answering(() =>
      new Response(answered++ === 0 ? answer : new Uint8Array(0))
    );
    taken.push(await numbersOf(clientOf(daemon.url).client, 3n, 8n));
  }
  assertEquals(taken, [[], [], [], [3], [3], []]);
});

Deno.test("ReplayClient says once that nobody answers, or not as a daemon does", async () => {
  const gone = clientOf("http://127.0.0.1:1");
  assertEquals(await gone.client.runs(signal), undefined);
  assertEquals(await numbersOf(gone.client, 1n, 2n), []);
  assertMatch(
    only(gone.lines),
    /^no events from the replay buffer at http:.*events that are not received count as missed/,
  );
  const supposed = clientOf("http://127.0.0.1:1", { endpoints: ["tcp://127.0.0.1:5555"] });
  assertEquals(await supposed.client.runs(signal), undefined);
  assertEquals(supposed.lines, []);
  for (const answer of ["", "null", "{}", '{"run":"x","publish":[],"replay":{"runs":[]}}']) {
    await using daemon = answering(() => new Response(answer));
    const { client, lines } = clientOf(daemon.url);
    assertEquals(await client.runs(signal), undefined);
    assertEquals(lines.length, 1, answer);
  }
});

Deno.test("ReplayClient shows its token", async () => {
  const seen: (string | null)[] = [];
  await using daemon = answering((_url, request) => {
    seen.push(request.headers.get("authorization"));
    return Response.json(STATUS);
  });
  await clientOf(daemon.url, { token: "secret" }).client.runs(signal);
  assertEquals(seen, ["Bearer secret"]);
});

Deno.test("ReplayClient asks for one epoch of a run, and takes no event of another", async () => {
  await using daemon = answering(({ searchParams }) => {
    const events = [1, 2].map((number) => {
      const event = makeEvent(number, 7);
      event.epoch = number === 1 ? Number(searchParams.get("epoch")) : 99;
      return encodeEvent(event, "event");
    });
    const body = new Uint8Array(2 * EVENT_BYTES);
    events.forEach((bytes, index) => body.set(bytes, index * EVENT_BYTES));
    return new Response(body);
  });
  const { client } = clientOf(daemon.url);
  const numbers = [];
  for await (const event of client.events({ run: 7n, epoch: 5, from: 1n, to: 2n }, signal)) {
    numbers.push(event.number);
  }
  assertEquals(numbers, [1n]);
  assertEquals(daemon.asked[0], "/events?run=7&epoch=5&from=1&to=2");
});

Deno.test("ReplayClient is busy when it is told 503, and not when nobody answers", async () => {
  await using daemon = answering(() => new Response("too many requests", { status: 503 }));
  const { client } = clientOf(daemon.url);
  assertEquals(await client.runs(signal), undefined);
  assertEquals(client.isBusy, true);
  await daemon[Symbol.asyncDispose]();
  assertEquals(await client.runs(signal), undefined);
  assertEquals(client.isBusy, false);
});
