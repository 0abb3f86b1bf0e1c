import { Publisher as Socket } from "zeromq";
import { ConfigurationError } from "../../../lib/errors.ts";
import { encodeEvent } from "../../../lib/wire/event.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { waitFor } from "../../wait_for.ts";
import { makeEvent } from "../make_event.ts";

/** A bare ZeroMQ socket, with a listener that is connected to it. */
async function connected(options: { signal?: AbortSignal } = {}) {
  const socket = new Socket({ linger: 0 });
  await socket.bind("tcp://127.0.0.1:*");
  let subscribed = false;
  socket.events.on("handshake", () => subscribed = true);
  const endpoints = [socket.lastEndpoint ?? ""];
  const listener = await Listener.connect({ endpoints, ...options });
  if (!options.signal?.aborted) {
    await waitFor("the connection", () => subscribed && listener.connections === 1);
  }
  return {
    listener,
    send: (message: Uint8Array) => socket.send(message),
    async [Symbol.asyncDispose]() {
      await listener.close();
      socket.close();
    },
  };
}

Deno.test("Listener yields each event once and counts gaps, repeats and runs", async () => {
  await using peer = await connected();
  for (const [number, run] of [[5, 1], [6, 1], [6, 1], [9, 1], [3, 2], [4, 2]] as const) {
    await peer.send(encodeEvent(makeEvent(number, run), "event"));
  }
  peer.listener.end();
  const numbers = [];
  for await (const event of peer.listener) numbers.push(Number(event.number));
  // 9 is believed at the end, for nothing of its run has followed.
  assertEquals(numbers, [5, 6, 3, 4, 9]);
  const { recorder } = peer.listener.ledger;
  assertEquals(recorder, {
    heard: 6,
    filled: 0,
    stored: 0,
    duplicate: 1,
    unstored: 0,
    missed: 2 + 2,
    runs: 2,
  });
});

Deno.test("Listener counts messages that are no events, and goes on", async () => {
  await using peer = await connected();
  const unmarked = makeEvent(1).bytes.slice();
  unmarked.fill(0, 16920, 16924);
  await peer.send(new Uint8Array(0));
  await peer.send(new Uint8Array(16953));
  await peer.send(unmarked);
  await peer.send(encodeEvent(makeEvent(1), "event"));
  for await (const event of peer.listener) {
    assertEquals(event.number, 1n);
    break;
  }
  assertEquals(peer.listener.ledger.refused, { size: 2, magic: 1, number: 0 });
  assertEquals(peer.listener.ledger.recorder.heard, 1);
});

Deno.test("Listener ends when its signal is aborted", async () => {
  const controller = new AbortController();
  await using peer = await connected({ signal: controller.signal });
  const ended = (async () => {
    for await (const _ of peer.listener);
  })();
  controller.abort();
  await ended;
  await using late = await connected({ signal: AbortSignal.abort() });
  for await (const _ of late.listener);
});

Deno.test("Listener says what to do about an endpoint that is none", async () => {
  await assertRejects(
    () => Listener.connect({ endpoints: ["udp:nonsense"] }),
    ConfigurationError,
    "give tcp://HOST:PORT",
  );
});
