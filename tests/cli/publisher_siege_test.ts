import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import type { EndpointState } from "../../lib/publisher/publisher.ts";
import { Listener } from "../../lib/listener/listener.ts";
import { assert, assertEquals, assertGreater, assertLess } from "../assert.ts";
import { nth, only } from "../elements.ts";
import { upTo } from "../up_to.ts";
import { waitFor } from "../wait_for.ts";
import { cancellation, shakeHands, Strangers, subscription, written } from "../zmtp.ts";
import { MemoryWatch } from "./memory_watch.ts";
import {
  type DaemonSummary,
  dataOf,
  type RunningDaemon,
  simulate,
  startDaemon,
} from "./pipeline.ts";

type Summary = DaemonSummary & { publish: EndpointState[] };

/** As few as a process may have: the daemon has 256 connections at most, and about 40 others. */
const DESCRIPTORS = 360;

/** Connections of strangers. */
const STRANGERS = 500;

/** What a daemon without a replay buffer may take under these attacks. */
const MAX_DAEMON_BYTES = 300 * 2 ** 20;

function openDescriptors(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** The most descriptors that a process had open until it ended. */
function watchDescriptors(pid: number) {
  const watch = { most: 0, [Symbol.dispose]: () => clearInterval(timer) };
  const timer = setInterval(() => {
    try {
      watch.most = Math.max(watch.most, openDescriptors(pid));
    } catch {
      clearInterval(timer);
    }
  }, 10);
  return watch;
}

async function limitDescriptors(pid: number, descriptors: number): Promise<void> {
  const args = ["--pid", `${pid}`, `--nofile=${descriptors}:${descriptors}`];
  assert((await new Deno.Command("prlimit", { args }).output()).success);
}

/** Hears the numbers of events as they come. */
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

async function states({ control }: RunningDaemon): Promise<EndpointState[]> {
  return (await (await fetch(`${control}/status`)).json()).publish;
}

function placeOf(endpoint: string) {
  const { hostname, port } = new URL(endpoint.replace("tcp:", "http:"));
  return { host: hostname, port: Number(port) };
}

const onLinux = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: Deno.build.os !== "linux", fn });

for (
  const [kind, addressOf] of [
    ["one address", () => "127.9.9.9"],
    ["many addresses", (index: number) => `127.9.${index % 200}.${1 + index % 250}`],
  ] as const
) {
  onLinux(
    `silent connections from ${kind} take no descriptor from others, and no event`,
    async () => {
      await using running = await startDaemon("--json", "--replay-buffer", "off");
      const { daemon, target, endpoint } = running;
      await using good = await hear(endpoint);
      await daemon.says(/subscriber joined, now 1/);
      await limitDescriptors(daemon.pid, DESCRIPTORS);
      using watch = watchDescriptors(daemon.pid);
      using strangers = new Strangers();
      for (let index = 0; index < STRANGERS; index++) {
        strangers.connect(placeOf(endpoint), addressOf(index));
      }
      await using camera = new SsdaqProcess(["sim", "--target", target, "--speed", "5", "--json"]);
      await waitFor("an end of silent ones", async () => {
        const { ended } = nth(await states(running), 0);
        return ended.silent + ended.crowded >= 100;
      });
      // They are all still there.
      await using late = await hear(endpoint);
      await daemon.says(/subscriber joined, now 2/);
      await waitFor("an event", () => late.numbers.length > 0);
      await camera.stop();
      const { stderr, ...ended } = await daemon.stop();
      const { brokenIdentities, ledger, publish }: Summary = dataOf({ stderr, ...ended });
      assertEquals(brokenIdentities, []);
      await waitFor("all events", () => good.numbers.length >= ledger.events.published);
      assertEquals(good.numbers, upTo(ledger.events.published));
      assertEquals(ledger.events.undelivered, 0);
      assertGreater(only(publish).ended.silent + only(publish).ended.crowded, 100);
      assert(/connected to .* and did not greet|too many connections/.test(stderr), stderr);
      assertLess(stderr.split("\n").length, 60, stderr);
      assertLess(watch.most, DESCRIPTORS - 40);
    },
  );
}

for (
  const [kind, messages] of [
    ["many topics", (turn: number) => subscription([...bytesOf(turn), ...bytesOf(turn * 7)])],
    [
      "long topics",
      (turn: number) =>
        subscription([...bytesOf(turn), ...new Array<number>(100).fill(65 + turn % 9)]),
    ],
    ["subscribing and cancelling", (turn: number) => [
      ...subscription(bytesOf(turn)),
      ...cancellation(bytesOf(turn)),
    ]],
  ] as const
) {
  onLinux(
    `a subscriber that sends 26 MB of ${kind} is disconnected, takes no memory, and no event`,
    async () => {
      await using running = await startDaemon("--json", "--replay-buffer", "off");
      const { daemon, target, endpoint } = running;
      await using good = await hear(endpoint);
      await daemon.says(/subscriber joined, now 1/);
      using memory = new MemoryWatch(daemon.pid);
      using strangers = new Strangers();
      const attack = async () => {
        const socket = strangers.connect(placeOf(endpoint));
        socket.resume();
        let isOpen = await shakeHands(socket, "SUB");
        let sent = 0;
        for (let turn = 0; isOpen && sent < 26e6;) {
          const batch: number[] = [];
          while (batch.length < 2 ** 16) batch.push(...messages(turn++));
          isOpen = await written(socket, Uint8Array.from(batch));
          sent += batch.length;
        }
        assert(!isOpen, "the daemon took it all");
      };
      const attacking = attack();
      await simulate(target, "--readouts", "100", "--speed", "10");
      await attacking;
      await waitFor("all events", () => good.numbers.length >= 100);
      const { stderr, ...ended } = await daemon.stop();
      const { ledger, publish }: Summary = dataOf({ stderr, ...ended });
      assertEquals(good.numbers, upTo(ledger.events.published));
      assertEquals(only(publish).ended.talkative, 1);
      assert(/sent too much to tcp:.*a subscriber must subscribe once/.test(stderr), stderr);
      assertLess(memory.peakBytes, MAX_DAEMON_BYTES);
    },
  );
}

function bytesOf(number: number): number[] {
  return [number & 0xff, (number >> 8) & 0xff, (number >> 16) & 0xff, (number >> 24) & 0xff];
}
