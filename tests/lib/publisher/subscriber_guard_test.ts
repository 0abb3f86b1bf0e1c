import { newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { publisherMemoryBytes } from "../../../lib/publisher/memory_budget.ts";
import { Publisher } from "../../../lib/publisher/publisher.ts";
import { EVENT_BYTES } from "../../../lib/wire/event.ts";
import { assert, assertEquals, assertGreater, assertLess } from "../../assert.ts";
import { nth, only } from "../../elements.ts";
import { waitFor } from "../../wait_for.ts";
import { greeting, ready, shakeHands, Strangers, subscription, written } from "../../zmtp.ts";
import { makeEvent } from "../make_event.ts";
import { inFolder } from "../recording/fixtures.ts";

Deno.test({
  name: "Publisher disconnects the subscriber furthest behind when too much is kept for all",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const ledger = newDaemonLedger();
    const notices: string[] = [];
    await using publisher = await Publisher.bind({
      endpoints: ["tcp://127.0.0.1:*"],
      maxSubscriberEvents: 500,
      maxBehindEvents: 800,
      lingerMs: 0,
      log: ({ text }) => notices.push(text),
    }, ledger);
    const endpoint = only(publisher.endpoints);
    await using listener = await Listener.connect({ endpoints: [endpoint] });
    const heard: bigint[] = [];
    const hearing = (async () => {
      for await (const { number } of listener) heard.push(number);
    })();
    await waitFor("the good subscriber", () => publisher.subscribers === 1);
    using strangers = new Strangers();
    let number = 0;
    // Each stops reading while other events than for the one before are sent.
    for (let stopped = 0; stopped < 3; stopped++) {
      const stranger = strangers.connect({
        host: "127.0.0.1",
        port: Number(endpoint.split(":")[2]),
      });
      assert(await shakeHands(stranger, "SUB"));
      stranger.pause();
      await written(stranger, Uint8Array.from(subscription([])));
      await waitFor("the stranger", () => publisher.states[0]?.joined === 2 + stopped);
      for (let batch = 0; batch < 40; batch++) {
        publisher.publish(Array.from({ length: 50 }, () => makeEvent(++number)));
        await waitFor("the good one", () => heard.length === number);
      }
    }
    await waitFor("an end", () => only(publisher.states).ended.behind > 0);
    assertGreater(ledger.events.undelivered, 0);
    const told = notices.find((text) => text.includes("the furthest of all"));
    assert(told !== undefined && /127\.0\.0\.1:\d+ of tcp:.* 800 events wait/.test(told), told);
    assert(publisher.subscribers >= 2);
    await listener.close();
    await hearing;
  },
});

/** A subscriber of a Unix socket that keeps up, but never reads the last kilobyte. */
async function subscribeNearly(path: string) {
  const connection = await Deno.connect({ transport: "unix", path });
  await connection.write(Uint8Array.of(...greeting(), ...ready("SUB")));
  const buffer = new Uint8Array(64 * 1024);
  const take = async (bytes: number) => {
    for (let taken = 0; taken < bytes;) {
      const read = await connection.read(buffer.subarray(taken, Math.min(bytes, buffer.length)));
      if (read === null) throw new Error("it was disconnected");
      taken += read;
      if (taken === buffer.length) [taken, bytes] = [0, bytes - taken];
    }
  };
  // A subscription that comes before the answer is lost.
  await take(greeting().length + 2);
  await take(nth(buffer, greeting().length + 1));
  await connection.write(Uint8Array.from(subscription([])));
  let isFirst = true;
  return {
    async read(events: number): Promise<void> {
      await take(events * FRAME_BYTES - (isFirst ? 1000 : 0));
      isFirst = false;
    },
    [Symbol.dispose]: () => connection.close(),
  };
}

/** An event on the wire: its message after the head of a long frame. */
const FRAME_BYTES = EVENT_BYTES + 9;

Deno.test({
  name: "Publisher keeps subscribers of a Unix socket that are less than an event behind",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      await using publisher = await Publisher.bind({
        ...{ endpoints: [`ipc://${folder}/events`], lingerMs: 0 },
        ...{ maxSubscriberEvents: 500, maxBehindEvents: 800 },
      }, newDaemonLedger());
      using readers = new DisposableStack();
      const all: Awaited<ReturnType<typeof subscribeNearly>>[] = [];
      let number = 0;
      for (let joined = 1; joined <= 3; joined++) {
        all.push(readers.use(await subscribeNearly(`${folder}/events`)));
        await waitFor("the reader", () => publisher.states[0]?.joined === joined);
        for (let batch = 0; batch < 60; batch++) {
          publisher.publish(Array.from({ length: 20 }, () => makeEvent(++number)));
          await Promise.all(all.map((reader) => reader.read(20)));
        }
      }
      assertEquals(only(publisher.states).ended.behind, 0);
    }),
});

Deno.test("publisherMemoryBytes() grows with each option", () => {
  const usual = publisherMemoryBytes({ endpoints: 1 });
  assertLess(usual, 256 * 2 ** 20);
  assertEquals(publisherMemoryBytes({ endpoints: 1, maxQueuedEvents: 2049 }) - usual, 16952);
  assertEquals(publisherMemoryBytes({ endpoints: 1, maxSubscriberEvents: 4097 }) - usual, 33904);
  assertEquals(publisherMemoryBytes({ endpoints: 1, maxBehindEvents: 8193 }) - usual, 16952);
  assertGreater(publisherMemoryBytes({ endpoints: 2 }), usual);
});
