import { createServer } from "node:net";
import { newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { Publisher } from "../../../lib/publisher/publisher.ts";
import { sleep } from "../../../lib/time/sleep.ts";
import { assert, assertEquals } from "../../assert.ts";
import { only } from "../../elements.ts";
import { OWN_HOST } from "../../own_host.ts";
import { waitFor } from "../../wait_for.ts";
import { frameHead, greeting, ready } from "../../zmtp.ts";
import { makeEvent } from "../make_event.ts";

const bind = (endpoint: string) => Publisher.bind({ endpoints: [endpoint] }, newDaemonLedger());

/** The same for a port that something on its way out may still have. */
async function bound(endpoint: string): Promise<Publisher> {
  let publisher: Publisher | undefined;
  await waitFor("the port", async () => {
    publisher = await bind(endpoint).catch(() => undefined);
    return publisher !== undefined;
  });
  assert(publisher !== undefined);
  return publisher;
}

/** A listener that keeps the numbers it hears. */
async function keepListening(endpoints: readonly string[]) {
  const listener = await Listener.connect({ endpoints });
  const numbers: number[] = [];
  const ended = (async () => {
    for await (const event of listener) numbers.push(Number(event.number));
  })();
  return {
    listener,
    numbers,
    async [Symbol.asyncDispose]() {
      await listener.close();
      await ended;
    },
  };
}

/** Publishes events one by one, so that the next comes after a pause in which nothing does. */
async function publishOneByOne(
  publisher: Publisher,
  run: number,
  numbers: readonly number[],
  heard: readonly number[],
): Promise<void> {
  for (const number of numbers) {
    const before = heard.length;
    publisher.publish([makeEvent(number, run)]);
    await waitFor(`event ${number} of run ${run}`, () => heard.length > before);
  }
}

Deno.test("Listener goes on when its publisher is restarted, again and again", async () => {
  const first = await bind(`tcp://${OWN_HOST}:*`);
  const endpoint = only(first.endpoints);
  await using peer = await keepListening([endpoint]);
  for (let run = 1; run <= 4; run++) {
    await using publisher = run === 1 ? first : await bind(endpoint);
    await waitFor("the subscriber", () => publisher.subscribers === 1);
    await publishOneByOne(publisher, run, [1, 2, 3, 4, 5], peer.numbers);
    await publisher.close();
    await waitFor("the loss", () => peer.listener.connections === 0);
  }
  assertEquals(peer.numbers.length, 20);
  assertEquals(peer.listener.ledger.recorder.runs, 4);
});

Deno.test("Listener of two publishers goes on with one when the other has gone", async () => {
  await using healthy = await bind("tcp://127.0.0.1:*");
  const dying = await bind("tcp://127.0.0.1:*");
  await using peer = await keepListening([...healthy.endpoints, ...dying.endpoints]);
  await waitFor("both", () => healthy.subscribers === 1 && dying.subscribers === 1);
  await publishOneByOne(healthy, 1, [1], peer.numbers);
  await publishOneByOne(dying, 2, [1], peer.numbers);
  await dying.close();
  await waitFor("the loss", () => peer.listener.connections === 1);
  await publishOneByOne(healthy, 1, [2, 3, 4, 5], peer.numbers);
  assertEquals(peer.numbers, [1, 1, 2, 3, 4, 5]);
});

Deno.test("Listener of two publishers by the host's name connects once to one that is restarted", async () => {
  await using healthy = await bind("tcp://127.0.0.1:*");
  const first = await bind("tcp://127.0.0.1:*");
  const byName = [...healthy.endpoints, ...first.endpoints].map((endpoint) =>
    endpoint.replace("127.0.0.1", "localhost")
  );
  await using peer = await keepListening(byName);
  await waitFor("both", () => healthy.subscribers === 1 && first.subscribers === 1);
  await first.close();
  await waitFor("the loss", () => peer.listener.connections === 1);
  await using second = await bound(only(first.endpoints));
  await waitFor("the subscriber", () => second.subscribers === 1);
  // ZeroMQ has told the new connection by the host's address. It must not be taken for lost.
  await sleep(1000);
  assertEquals(only(second.states).joined, 1);
  assertEquals(peer.listener.connections, 2);
});

/** Serves a port to strangers: each client gets these bytes. */
async function serveStrangely(bytes: Uint8Array) {
  let clients = 0;
  const server = createServer((socket) => {
    clients++;
    socket.on("error", () => {});
    socket.on("data", () => {});
    socket.write(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, OWN_HOST, resolve));
  const address = server.address();
  assert(address !== null && typeof address === "object");
  return {
    endpoint: `tcp://${OWN_HOST}:${address.port}`,
    clients: () => clients,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const otherMechanism = greeting();
otherMechanism.set(new TextEncoder().encode("MAGIC"), 12);

for (
  const [what, bytes] of [
    ["a frame that is too long", [...greeting(), ...ready("PUB"), ...frameHead(2 ** 30), 1, 2]],
    ["the greeting of a subscriber", [...greeting(), ...ready("SUB")]],
    ["a greeting with another mechanism", [...otherMechanism]],
  ] as const
) {
  Deno.test(`Listener tries again after a stranger at its endpoint sent ${what}`, async () => {
    const stranger = await serveStrangely(Uint8Array.from(bytes));
    await using peer = await keepListening([stranger.endpoint]);
    await waitFor("the second attempt", () => stranger.clients() >= 2);
    await stranger.close();
    await using publisher = await bind(stranger.endpoint);
    await waitFor("the subscriber", () => publisher.subscribers === 1);
    await publishOneByOne(publisher, 1, [1, 2, 3], peer.numbers);
    assertEquals(peer.numbers, [1, 2, 3]);
    assertEquals(peer.listener.connections, 1);
  });
}
