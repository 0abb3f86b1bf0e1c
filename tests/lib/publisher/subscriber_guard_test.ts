import { newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { publisherMemoryBytes } from "../../../lib/publisher/memory_budget.ts";
import { Publisher } from "../../../lib/publisher/publisher.ts";
import { assert, assertEquals, assertGreater, assertLess } from "../../assert.ts";
import { only } from "../../elements.ts";
import { waitFor } from "../../wait_for.ts";
import { shakeHands, Strangers, subscription, written } from "../../zmtp.ts";
import { makeEvent } from "../make_event.ts";

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
    for (let nth = 0; nth < 3; nth++) {
      const stranger = strangers.connect({
        host: "127.0.0.1",
        port: Number(endpoint.split(":")[2]),
      });
      assert(await shakeHands(stranger, "SUB"));
      stranger.pause();
      await written(stranger, Uint8Array.from(subscription([])));
      await waitFor("the stranger", () => publisher.states[0]?.joined === 2 + nth);
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

Deno.test("publisherMemoryBytes() grows with each option", () => {
  const usual = publisherMemoryBytes({ endpoints: 1 });
  assertLess(usual, 256 * 2 ** 20);
  assertEquals(publisherMemoryBytes({ endpoints: 1, maxQueuedEvents: 2049 }) - usual, 16952);
  assertEquals(publisherMemoryBytes({ endpoints: 1, maxSubscriberEvents: 4097 }) - usual, 33904);
  assertEquals(publisherMemoryBytes({ endpoints: 1, maxBehindEvents: 8193 }) - usual, 16952);
  assertGreater(publisherMemoryBytes({ endpoints: 2 }), usual);
});
