import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { Listener } from "../../lib/listener/listener.ts";
import type { EndpointState } from "../../lib/publisher/publisher.ts";
import { assertEquals, assertGreater, assertLess } from "../assert.ts";
import { MemoryWatch } from "../cli/memory_watch.ts";
import {
  type DaemonSummary,
  dataOf,
  type RunningDaemon,
  simulate,
  startDaemon,
  startSubscriber,
} from "../cli/pipeline.ts";
import { nth, only } from "../elements.ts";
import { upTo } from "../up_to.ts";
import { waitFor } from "../wait_for.ts";
import { pythonTest, runPython } from "./python.ts";

type Summary = DaemonSummary & { publish: EndpointState[] };

/** Hears events as they come, and keeps their numbers. */
async function hear(endpoint: string) {
  const numbers: number[] = [];
  const listener = await Listener.connect({ endpoints: [endpoint] });
  const hearing = (async () => {
    for await (const { number } of listener) numbers.push(Number(number));
  })();
  return {
    numbers,
    async [Symbol.asyncDispose]() {
      await listener.close();
      await hearing;
    },
  };
}

/** What a daemon may take: itself, the queue of the one slow subscriber, and what comes in bursts. */
const MAX_DAEMON_BYTES = 400 * 2 ** 20;

Deno.test({
  name: "a subscriber that stops reading harms nobody but itself: the others hear all, memory is " +
    "bounded, and what it lacks is counted at its endpoint",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using running = await startDaemon(
      ...["--json", "--replay-buffer", "off", "-p", "tcp://127.0.0.1:0"],
    );
    const { daemon, target } = running;
    const both = /publishing run \d+ on \S+ \(event\) and (\S+)/;
    const second = nth(await daemon.says(both), 1);
    await using stopped = await startSubscriber(running, ["listen"], 1);
    Deno.kill(stopped.pid, "SIGSTOP");
    await using neighbour = await hear(running.endpoint);
    await using other = await hear(second);
    await daemon.says(/subscriber joined, now 3/);
    using memory = new MemoryWatch(daemon.pid);
    const events = 8000;
    await simulate(target, "--readouts", `${events}`, "--speed", "150");
    for (const { numbers } of [neighbour, other]) {
      await waitFor("all events", () => numbers.length >= events);
      assertEquals(numbers, upTo(events));
    }
    assertLess(memory.peakBytes, MAX_DAEMON_BYTES);
    Deno.kill(stopped.pid, "SIGKILL");
    await daemon.says(/is 4096 events behind: it gets no new events until/);
    const { publish, ledger, brokenIdentities }: Summary = dataOf(await daemon.stop());
    assertEquals(brokenIdentities, []);
    assertEquals([ledger.events.published, ledger.events.unsent], [events, 0]);
    const { undelivered } = nth(publish, 0);
    assertGreater(undelivered, 0);
    assertEquals(nth(publish, 1).undelivered, 0);
    assertEquals(ledger.events.undelivered, undelivered);
  },
});

pythonTest("a hundred subscribers hear every event", async (python) => {
  await using running = await startDaemon("--json");
  const hearing = runPython(python, "./peers.py", "hear", running.endpoint, "100", "200");
  await Promise.race([hearing, joined(running, 100)]);
  await simulate(running.target, "--readouts", "200", "--speed", "100");
  await hearing;
  const { ledger, publish }: Summary = dataOf(await running.daemon.stop());
  const { built, published, unsent, undelivered } = ledger.events;
  assertEquals([built, published, unsent, undelivered], [200, 200, 0, 0]);
  assertEquals(only(publish).joined, 100);
});

async function endpointState({ control }: RunningDaemon): Promise<EndpointState> {
  const answer = await fetch(`${control}/status`);
  return (await answer.json()).publish[0];
}

/** Waits until so many subscriptions have been made. */
function joined(running: RunningDaemon, count: number): Promise<void> {
  const reached = async () => (await endpointState(running)).joined >= count;
  return waitFor(`${count} subscriptions`, reached);
}

pythonTest(
  "subscribers that come and go a thousand times are neither heard nor felt by another, and the " +
    "log does not overflow",
  async (python) => {
    await using running = await startDaemon("--json", "--replay-buffer", "off");
    await using steady = await hear(running.endpoint);
    await running.daemon.says(/subscriber joined, now 1/);
    await using sim = new SsdaqProcess(
      ["sim", "--target", running.target, "--speed", "20", "--json"],
    );
    await waitFor("events", () => steady.numbers.length > 20);
    using memory = new MemoryWatch(running.daemon.pid);
    await runPython(python, "./peers.py", "come-and-go", running.endpoint, "1000");
    await waitFor("all to be gone", async () => (await endpointState(running)).subscribers === 1);
    // Those that go at once may not have been heard of.
    assertGreater((await endpointState(running)).joined, 500);
    await sim.stop();
    const { stderr, ...ended } = await running.daemon.stop();
    const { ledger, brokenIdentities, publish }: Summary = dataOf({ stderr, ...ended });
    await waitFor("all events", () => steady.numbers.length >= ledger.events.published);
    assertEquals(steady.numbers, upTo(ledger.events.published));
    assertEquals(brokenIdentities, []);
    assertEquals([ledger.events.undelivered, only(publish).undelivered], [0, 0]);
    assertLess(memory.peakBytes, MAX_DAEMON_BYTES);
    assertLess(stderr.split("\n").length, 400, stderr);
  },
);
