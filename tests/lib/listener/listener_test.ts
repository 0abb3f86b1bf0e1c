import { Observer, XPublisher, XSubscriber } from "zeromq";
import { ConfigurationError, OperationError } from "../../../lib/errors.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { encodeEvent } from "../../../lib/wire/event.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { replaced } from "../../replaced.ts";
import { DEADLINE_MS, waitFor } from "../../wait_for.ts";
import { makeEvent } from "../make_event.ts";

/** For listeners that a test listens to until they end. */
const inTime = () => AbortSignal.timeout(DEADLINE_MS);

/** A bare ZeroMQ socket, with a listener that is connected to it. */
async function connected({ signal = inTime() }: { signal?: AbortSignal } = {}) {
  const socket = new XPublisher({ linger: 0 });
  await socket.bind("tcp://127.0.0.1:*");
  const endpoints = [socket.lastEndpoint ?? ""];
  const listener = await Listener.connect({ endpoints, signal });
  if (!signal.aborted) {
    await waitFor("the subscription", () => socket.readable && listener.connections === 1);
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

/** Listens to the end. */
async function hear(listener: Listener): Promise<void> {
  for await (const _ of listener);
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

Deno.test("Listener needs an endpoint", async () => {
  await assertRejects(
    () => Listener.connect({ endpoints: [] }),
    ConfigurationError,
    "no endpoint to listen to",
  );
});

/** A promise of a socket that is broken, as no real one can be made to be. */
const broken = () => Promise.reject(new Error("it is broken"));

Deno.test("Listener whose socket fails says so to whoever iterates", async () => {
  await using peer = await connected();
  {
    using _broken = replaced(XSubscriber.prototype, "receive", broken);
    await peer.send(encodeEvent(makeEvent(1), "event"));
    await assertRejects(() => hear(peer.listener), OperationError, "cannot listen: it is broken");
  }
  // And to whoever comes later.
  await assertRejects(() => hear(peer.listener), OperationError, "cannot listen: it is broken");
});

Deno.test("Listener that cannot follow its connections says so to whoever iterates", async () => {
  using _broken = replaced(Observer.prototype, "receive", broken);
  await using listener = await Listener.connect({
    endpoints: ["tcp://127.0.0.1:9"],
    signal: inTime(),
  });
  await assertRejects(
    () => hear(listener),
    OperationError,
    "cannot follow the connections: it is broken",
  );
});

Deno.test("Listener that cannot unsubscribe says so to whoever iterates", async () => {
  await using peer = await connected();
  using _broken = replaced(XSubscriber.prototype, "send", broken);
  peer.listener.end();
  await assertRejects(() => hear(peer.listener), OperationError, "cannot listen: it is broken");
});

Deno.test("Listener yields the last event after a gap, though it listens on and nothing follows", async () => {
  await using peer = await connected();
  const numbers: number[] = [];
  const nowMs = performance.now.bind(performance);
  // Five seconds are over in five milliseconds.
  using _fast = replaced(performance, "now", () => nowMs() * 1000);
  for (const number of [5, 9]) await peer.send(encodeEvent(makeEvent(number), "event"));
  for await (const event of peer.listener) {
    numbers.push(Number(event.number));
    if (numbers.length === 2) break;
  }
  assertEquals(numbers, [5, 9]);
  assertEquals(peer.listener.ledger.recorder.missed, 3);
});
