import { Publisher as Socket } from "zeromq";
import { SsdaqProcess } from "../../../cli/process/ssdaq_process.ts";
import { newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { Publisher } from "../../../lib/publisher/publisher.ts";
import { encodeEvent } from "../../../lib/wire/event.ts";
import { assertEquals, assertGreater, assertMatch } from "../../assert.ts";
import { nth, only } from "../../elements.ts";
import { inFolder, makeEvent, readNumbers } from "../../lib/recording/fixtures.ts";
import { upTo } from "../../up_to.ts";
import { DEADLINE_MS, waitFor } from "../../wait_for.ts";
import {
  type DaemonSummary,
  dataOf,
  infoOf,
  type RecordSummary,
  type RunningDaemon,
  type SimSummary,
  startDaemon,
  startSubscriber,
} from "../pipeline.ts";

/** Modules that send until they are stopped, ten times as fast as real ones. */
function startSim(target: string): SsdaqProcess {
  return new SsdaqProcess(["sim", "--target", target, "--speed", "10", "--json"]);
}

/** Waits until the daemon has published so many more events. */
async function passing({ endpoint }: RunningDaemon, events: number): Promise<void> {
  await using listener = await Listener.connect({
    endpoints: [endpoint],
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  let heard = 0;
  for await (const _ of listener) if (++heard === events) return;
  throw new Error(`only ${heard} of ${events} events were published`);
}

/** Logs are lines; nothing is drawn where no terminal is. */
function assertQuiet(stderr: string): void {
  for (const code of ["\r", "\x1b"]) assertEquals(stderr.includes(code), false, stderr);
  assertMatch(stderr, /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \S.*\n)+$/);
  assertMatch(stderr, /Z stopping; a second Ctrl-C .*ends at once\n/);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${signal} drains sim, daemon, record and listen, one after the other`, () =>
    inFolder(async (folder) => {
      const file = `${folder}/a.h5`;
      await using running = await startDaemon("--json");
      await using record = await startSubscriber(running, ["record", file, "--json"], 1);
      await using listen = await startSubscriber(running, ["listen"], 2);
      await using sim = startSim(running.target);
      await passing(running, 100);
      const endings = [];
      for (const process of [sim, running.daemon, record, listen]) {
        endings.push(await process.stop(signal));
      }
      for (const { stderr } of endings) assertQuiet(stderr);
      const sent: SimSummary = dataOf(nth(endings, 0));
      const { ledger, brokenIdentities }: DaemonSummary = dataOf(nth(endings, 1));
      const stored: RecordSummary = dataOf(nth(endings, 2));
      const told = nth(endings, 3);

      const { packets, readouts, events } = ledger;
      assertEquals([packets.received, packets.accepted], [sent.packetsSent, sent.packetsSent]);
      assertEquals([readouts.decoded, readouts.placed], [sent.readoutsSent, sent.readoutsSent]);
      assertEquals(events.published, events.built);
      assertEquals([...brokenIdentities, ...stored.brokenIdentities], []);
      const { heard, missed } = stored.ledger.recorder;
      assertEquals([heard, stored.ledger.recorder.stored], [events.published, events.published]);
      assertEquals(missed, 0);
      assertEquals(await readNumbers(file), upTo(events.published));
      const { rows, unclosed } = await infoOf(file);
      assertEquals([rows, unclosed], [events.published, false]);
      assertEquals(told.stdout.split("\n").length - 1, events.published);
      assertEquals(told.code, 0);
    }));

  Deno.test(`${signal} in midstream leaves a good file and a closed account`, () =>
    inFolder(async (folder) => {
      await using running = await startDaemon("--json");
      const [first, second] = [`${folder}/first.h5`, `${folder}/second.h5`];
      await using early = await startSubscriber(running, ["record", first, "--json"], 1);
      await using late = await startSubscriber(running, ["record", second, "--json"], 2);
      await using sim = startSim(running.target);
      await passing(running, 50);
      const cut: RecordSummary = dataOf(await early.stop(signal));
      await passing(running, 20);
      const built: DaemonSummary = dataOf(await running.daemon.stop(signal));
      const whole: RecordSummary = dataOf(await late.stop(signal));
      assertEquals((await sim.stop(signal)).code, 0);

      const { published } = built.ledger.events;
      assertEquals(built.brokenIdentities, []);
      assertEquals(built.ledger.readouts.placed, built.ledger.readouts.decoded);
      assertEquals(await readNumbers(second), upTo(published));
      assertEquals(whole.ledger.recorder.missed, 0);
      const { stored, heard, missed } = cut.ledger.recorder;
      assertEquals([heard, missed], [stored, 0]);
      assertGreater(stored, 49);
      assertEquals(await readNumbers(first), upTo(stored));
    }));
}

Deno.test("record stores what is on its way when it is interrupted", () =>
  inFolder(async (folder) => {
    const socket = new Socket({ linger: 0, sendHighWaterMark: 0 });
    await socket.bind("tcp://127.0.0.1:*");
    const connected = Promise.withResolvers<void>();
    socket.events.on("handshake", () => connected.resolve());
    const file = `${folder}/a.h5`;
    await using record = new SsdaqProcess(
      ["record", file, "-e", socket.lastEndpoint ?? "", "--json"],
    );
    await record.says(/connected to/);
    await connected.promise;
    for (let number = 1; number <= 600; number++) {
      await socket.send(encodeEvent(makeEvent(number), "event"));
    }
    const { ledger: { recorder } }: RecordSummary = dataOf(await record.stop());
    socket.close();
    assertEquals([recorder.heard, recorder.stored, recorder.missed], [600, 600, 0]);
    assertEquals(await readNumbers(file), upTo(600));
  }));

/** A recorder that has much to store: it is behind a publisher that has sent it all these events. */
async function behind(folder: string, events: number) {
  const publisher = await Publisher.bind(
    {
      endpoints: ["tcp://127.0.0.1:*"],
      ...{ maxQueuedEvents: events, maxSubscriberEvents: events, lingerMs: 0 },
    },
    newDaemonLedger(),
  );
  const endpoint = only(publisher.endpoints);
  const record = new SsdaqProcess(
    ["record", `${folder}/a.h5`, "-e", endpoint, "--compression", "gzip:9", "--json"],
  );
  await record.says(/listening to/);
  await waitFor("the subscriber", () => publisher.subscribers === 1);
  publisher.publish(Array.from({ length: events }, (_, index) => makeEvent(index + 1)));
  await publisher.flush();
  return {
    record,
    async [Symbol.asyncDispose]() {
      await record[Symbol.asyncDispose]();
      await publisher.close();
    },
  };
}

/** Longer than two signals may be apart that are one Ctrl-C. */
const BETWEEN_PRESSES_MS = 150;

/** Presses Ctrl-C once more, as fast as a person can. */
async function pressAgain(process: SsdaqProcess) {
  await new Promise((resolve) => setTimeout(resolve, BETWEEN_PRESSES_MS));
  return await process.stop("SIGINT");
}

Deno.test("two SIGINTs at once are one Ctrl-C, which a program between has passed on", () =>
  inFolder(async (folder) => {
    await using parts = await behind(folder, 1000);
    void parts.record.stop("SIGINT");
    const { ledger: { recorder } }: RecordSummary = dataOf(await parts.record.stop("SIGINT"));
    assertEquals([recorder.heard, recorder.stored, recorder.unstored], [1000, 1000, 0]);
    await using running = await startDaemon("--json");
    void running.daemon.stop("SIGINT");
    dataOf(await running.daemon.stop("SIGINT"));
  }));

Deno.test("a second SIGINT has record store no more, and count what it had not stored", () =>
  inFolder(async (folder) => {
    await using parts = await behind(folder, 7000);
    void parts.record.stop("SIGINT");
    await parts.record.says(/stopping/);
    const { ledger: { recorder }, brokenIdentities }: RecordSummary = dataOf(
      await pressAgain(parts.record),
    );
    assertEquals([recorder.heard, recorder.stored + recorder.unstored], [7000, 7000]);
    assertGreater(recorder.unstored, 0);
    assertEquals(brokenIdentities, []);
    assertEquals((await readNumbers(`${folder}/a.h5`)).length, recorder.stored);
  }));

/** How often three presses may come so late, on a busy machine, that the third finds it ended. */
const LATE_THIRDS = 5;

Deno.test("a third SIGINT leaves at once", () =>
  inFolder(async (folder) => {
    for (let late = 0;; late++) {
      await using parts = await behind(folder, 7000);
      void parts.record.stop("SIGINT");
      await parts.record.says(/stopping/);
      // It hurries, but waits for a quarter of a second whether more is on its way.
      void pressAgain(parts.record);
      await parts.record.says(/counted but not stored/);
      const { code, stdout } = await pressAgain(parts.record);
      if (code === 0 && late < LATE_THIRDS) {
        await Deno.remove(`${folder}/a.h5`);
        continue;
      }
      assertEquals([code, stdout], [130, ""]);
      return;
    }
  }));

Deno.test({
  name: "a terminal that is closed does not end a process that has drained",
  ignore: Deno.build.os === "windows",
  async fn() {
    const program = new URL("../after_interruption.ts", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", program],
    }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "alive\n"]);
  },
});
