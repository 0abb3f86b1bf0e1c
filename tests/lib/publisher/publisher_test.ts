import { Subscriber, XPublisher } from "zeromq";
import { ConfigurationError, OperationError, UnavailableError } from "../../../lib/errors.ts";
import { newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { Publisher } from "../../../lib/publisher/publisher.ts";
import { type CameraEvent, decodeEvent } from "../../../lib/wire/event.ts";
import { assert, assertEquals, assertGreater, assertRejects, assertThrows } from "../../assert.ts";
import { nth, only } from "../../elements.ts";
import { HAS_IPV6 } from "../../has_ipv6.ts";
import { replaced } from "../../replaced.ts";
import { DEADLINE_MS, waitFor } from "../../wait_for.ts";
import { cancellation, shakeHands, Strangers, subscription, written } from "../../zmtp.ts";
import { makeEvent } from "../make_event.ts";
import { inFolder } from "../recording/fixtures.ts";

const ANY_PORT = "tcp://127.0.0.1:*";

/** Listens until `count` events have come. */
async function hear(listener: Listener, count: number): Promise<CameraEvent[]> {
  const events: CameraEvent[] = [];
  for await (const event of listener) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

for (const format of ["event", "readout"] as const) {
  Deno.test(`Publisher delivers ${format} messages in order to a listener`, async () => {
    const ledger = newDaemonLedger();
    await using publisher = await Publisher.bind({ endpoints: [ANY_PORT], format }, ledger);
    await using listener = await Listener.connect({ endpoints: publisher.endpoints });
    await waitFor("the subscriber", () => publisher.subscribers === 1 && listener.connections > 0);
    const heard = hear(listener, 500);
    for (let number = 1; number <= 500; number++) publisher.publish([makeEvent(number)]);
    const events = await heard;
    events.forEach((event, index) => {
      const sent = makeEvent(index + 1);
      assertEquals(event.number, sent.number);
      assertEquals(event.run, format === "event" ? 1n : 0n);
      assertEquals(event.timestampNs, sent.timestampNs);
      assertEquals(event.receiveNanoseconds, sent.receiveNanoseconds);
      assertEquals(event.flags, 1);
      assertEquals(event.millivolts, sent.millivolts);
    });
    assertEquals(ledger.events.published, 500);
    assertEquals(listener.ledger.recorder.missed, 0);
  });
}

Deno.test("Publisher publishes on several endpoints at once", async () => {
  const endpoints = [ANY_PORT, ANY_PORT];
  await using publisher = await Publisher.bind({ endpoints }, newDaemonLedger());
  await using first = await Listener.connect({ endpoints: [nth(publisher.endpoints, 0)] });
  await using second = await Listener.connect({ endpoints: [nth(publisher.endpoints, 1)] });
  await waitFor("both subscribers", () => publisher.subscribers === 2);
  const heard = Promise.all([hear(first, 1), hear(second, 1)]);
  publisher.publish([makeEvent(1)]);
  assertEquals((await heard).map((events) => only(events).number), [1n, 1n]);
});

/** Counts how often readout messages are made of an event: they alone need its time. */
function countingEvent(number: number) {
  const event = makeEvent(number);
  const made = { readouts: 0 };
  const { timestampNs } = event;
  Object.defineProperty(event, "timestampNs", {
    get: () => {
      made.readouts++;
      return timestampNs;
    },
  });
  return { event, made };
}

Deno.test("Publisher gives each endpoint its format, and makes a message once for all", async () => {
  const endpoints = [
    { endpoint: ANY_PORT, format: "readout" },
    ANY_PORT,
    { endpoint: ANY_PORT },
    { endpoint: ANY_PORT, format: "event" },
    { endpoint: ANY_PORT, format: "readout" },
  ] as const;
  await using publisher = await Publisher.bind({ endpoints }, newDaemonLedger());
  const formats = ["readout", "event", "event", "event", "readout"];
  assertEquals(publisher.states.map(({ format }) => format), formats);
  const subscribers = publisher.endpoints.map((endpoint) => {
    const subscriber = new Subscriber({ receiveTimeout: DEADLINE_MS, linger: 0 });
    subscriber.subscribe();
    subscriber.connect(endpoint);
    return subscriber;
  });
  await waitFor("the subscribers", () => publisher.subscribers === subscribers.length);
  const { event, made } = countingEvent(7);
  publisher.publish([event]);
  await publisher.flush();
  const messages = await Promise.all(subscribers.map(async (subscriber) => {
    await waitFor("a message", () => subscriber.readable);
    return only(await subscriber.receive());
  }));
  assertEquals(messages.map(({ length }) => length), [16448, 16952, 16952, 16952, 16448]);
  assertEquals(made.readouts, 1);
  for (const [index, message] of messages.entries()) {
    const read = decodeEvent(message);
    assert(typeof read !== "string");
    assertEquals([read.number, read.run], [7n, formats[index] === "event" ? 1n : 0n]);
    assertEquals(read.millivolts, event.millivolts);
  }
  subscribers.forEach((subscriber) => subscriber.close());
});

Deno.test("Publisher's format is that of endpoints without one, and none is made in vain", async () => {
  const bind = async (format: "event" | "readout", own?: "event" | "readout") => {
    const endpoints = [{ endpoint: ANY_PORT, ...own && { format: own } }];
    await using publisher = await Publisher.bind({ endpoints, format }, newDaemonLedger());
    const { event, made } = countingEvent(1);
    publisher.publish([event]);
    await publisher.flush();
    return [only(publisher.states).format, made.readouts];
  };
  assertEquals(await bind("readout"), ["readout", 1]);
  assertEquals(await bind("event"), ["event", 0]);
  assertEquals(await bind("readout", "event"), ["event", 0]);
});

Deno.test("Publisher that is full does not publish the newest events, and counts them", async () => {
  const ledger = newDaemonLedger();
  const options = { endpoints: [ANY_PORT], maxQueuedEvents: 10 };
  await using publisher = await Publisher.bind(options, ledger);
  publisher.publish(Array.from({ length: 25 }, (_, index) => makeEvent(index + 1)));
  assertEquals(ledger.events.unsent, 15);
  await publisher.flush();
  assertEquals(ledger.events.published, 10);
  assertEquals(publisher.queued, 0);
});

Deno.test("Publisher hands over what is queued when it is closed", async () => {
  const ledger = newDaemonLedger();
  const publisher = await Publisher.bind({ endpoints: [ANY_PORT] }, ledger);
  publisher.publish(Array.from({ length: 100 }, (_, index) => makeEvent(index + 1)));
  await publisher.close();
  await publisher.close();
  assertEquals(ledger.events.published, 100);
});

Deno.test("Publisher says what to do about an endpoint in use or not local", async () => {
  await using publisher = await Publisher.bind({ endpoints: [ANY_PORT] }, newDaemonLedger());
  await assertRejects(
    () => Publisher.bind({ endpoints: publisher.endpoints }, newDaemonLedger()),
    UnavailableError,
    "address in use; is another ssdaq daemon running?",
  );
  await assertRejects(
    () => Publisher.bind({ endpoints: ["tcp://203.0.113.1:*"] }, newDaemonLedger()),
    UnavailableError,
    "this host has no such address",
  );
  await assertRejects(
    () => Publisher.bind({ endpoints: [] }, newDaemonLedger()),
    ConfigurationError,
    "no endpoint",
  );
});

/** A promise of a socket that is broken, as no real one can be made to be. */
const broken = () => Promise.reject(new Error("it is broken"));

Deno.test("Publisher whose socket fails says so, and counts what it does not publish", async () => {
  const ledger = newDaemonLedger();
  const events = [1, 2, 3].map((number) => makeEvent(number));
  await using publisher = await Publisher.bind({ endpoints: [ANY_PORT] }, ledger);
  {
    using _broken = replaced(XPublisher.prototype, "send", broken);
    publisher.publish(events);
    await assertRejects(() => publisher.flush(), OperationError, "cannot publish: it is broken");
  }
  assertEquals([ledger.events.published, ledger.events.unsent, publisher.queued], [0, 3, 0]);
  assertThrows(() => publisher.publish(events), OperationError, "cannot publish: it is broken");
  assertEquals([ledger.events.published, ledger.events.unsent], [0, 6]);
});

Deno.test("Publisher that cannot hear of its subscribers says so", async () => {
  using _broken = replaced(XPublisher.prototype, "receive", broken);
  await using publisher = await Publisher.bind({ endpoints: [ANY_PORT] }, newDaemonLedger());
  await using _listener = await Listener.connect({ endpoints: publisher.endpoints });
  let failure: unknown;
  await waitFor("the failure", async () => {
    await publisher.flush().catch((error) => failure = error);
    return failure !== undefined;
  });
  assert(failure instanceof OperationError);
  assertEquals(failure.message, "cannot publish: it is broken");
});

Deno.test("Publisher does not know what was delivered where it is no TCP, and delivers at its end", () =>
  inFolder(async (folder) => {
    const endpoints = [`ipc://${folder}/events`];
    const publisher = await Publisher.bind({ endpoints }, newDaemonLedger());
    await using listener = await Listener.connect({ endpoints });
    await waitFor("the subscriber", () => publisher.subscribers === 1 && listener.connections > 0);
    publisher.publish([makeEvent(1)]);
    assertEquals(await publisher.deliver(), "unknown");
    await publisher.close();
    assertEquals(only(await hear(listener, 1)).number, 1n);
  }));

Deno.test({
  name: "Publisher and Listener use IPv6 addresses",
  ignore: !HAS_IPV6,
  fn: async () => {
    const endpoints = ["tcp://[::1]:*"];
    await using publisher = await Publisher.bind({ endpoints }, newDaemonLedger());
    assert(/^tcp:\/\/\[::1\]:\d+$/.test(only(publisher.endpoints)));
    await using listener = await Listener.connect({ endpoints: publisher.endpoints });
    await waitFor("the subscriber", () => publisher.subscribers === 1 && listener.connections > 0);
    publisher.publish([makeEvent(1)]);
    assertEquals(only(await hear(listener, 1)).number, 1n);
    assertEquals(await publisher.deliver(), "delivered");
  },
});

Deno.test({
  name:
    "Publisher does not take the path of another process, nor of a file, but that of a killed one",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/events`;
      const endpoints = [`ipc://${path}`];
      const bind = () => Publisher.bind({ endpoints }, newDaemonLedger());
      const inUse = "address in use; is another ssdaq daemon running?";
      {
        await using publisher = await bind();
        await assertRejects(bind, UnavailableError, inUse);
        await using listener = await Listener.connect({ endpoints });
        await waitFor("the subscriber", () => publisher.subscribers === 1);
        publisher.publish([makeEvent(1)]);
        assertEquals(only(await hear(listener, 1)).number, 1n);
      }
      // The socket stays when its process has ended, and is taken over.
      assert(Deno.lstatSync(path).isSocket);
      await waitFor("the path to be taken over", async () => {
        try {
          await (await bind()).close();
          return true;
        } catch (error) {
          if (error instanceof UnavailableError) return false;
          throw error;
        }
      });
      Deno.removeSync(path);
      Deno.writeTextFileSync(path, "not a socket");
      await assertRejects(bind, UnavailableError, "what is at this path is not a socket");
      assertEquals(Deno.readTextFileSync(path), "not a socket");
    }),
});

Deno.test({
  name: "Publisher does not take an abstract name of another process",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const endpoints = [`ipc://@ssdaq-test-${Deno.pid}`];
    await using _publisher = await Publisher.bind({ endpoints }, newDaemonLedger());
    await assertRejects(
      () => Publisher.bind({ endpoints }, newDaemonLedger()),
      UnavailableError,
      "address in use; is another ssdaq daemon running?",
    );
  },
});

/** Sends ZeroMQ frames as a subscriber that does not keep to the protocol, and then reads nothing. */
async function sendAsSubscriber(
  strangers: Strangers,
  endpoint: string,
  frames: readonly number[][],
): Promise<void> {
  const port = Number(endpoint.slice(endpoint.lastIndexOf(":") + 1));
  const socket = strangers.connect({ host: "127.0.0.1", port });
  assert(await shakeHands(socket, "SUB"));
  assert(await written(socket, Uint8Array.from(frames.flat())));
  socket.pause();
}

Deno.test("Publisher never counts fewer subscribers than none, whatever peers say", async () => {
  await using publisher = await Publisher.bind({ endpoints: [ANY_PORT] }, newDaemonLedger());
  using strangers = new Strangers();
  const lies = [
    ...Array.from({ length: 98 }, () => cancellation([])),
    ...Array.from({ length: 98 }, () => cancellation([7])),
    subscription([]),
  ];
  await sendAsSubscriber(strangers, only(publisher.endpoints), lies);
  await waitFor("the last message", () => publisher.subscribers === 1);
  const { joined, left, subscribers } = only(publisher.states);
  assertEquals([joined, left, subscribers], [1, 0, 1]);
});

Deno.test("Publisher waits at its end for a subscriber that another peer has talked away", async () => {
  const ledger = newDaemonLedger();
  await using publisher = await Publisher.bind({ endpoints: [ANY_PORT], lingerMs: 0 }, ledger);
  using strangers = new Strangers();
  await sendAsSubscriber(strangers, only(publisher.endpoints), [subscription([])]);
  await waitFor("the subscriber", () => publisher.subscribers === 1);
  await sendAsSubscriber(strangers, only(publisher.endpoints), [cancellation([])]);
  await waitFor("the lie", () => publisher.subscribers === 0);
  publisher.publish(Array.from({ length: 1000 }, (_, index) => makeEvent(index + 1)));
  assertEquals(await publisher.deliver(300), "lost");
  assertGreater(ledger.events.undelivered, 0);
});
