import { DEFAULT_CONTROL, DEFAULT_ENDPOINT } from "../cli/options/endpoint.ts";
import { SsdaqProcess } from "../cli/process/ssdaq_process.ts";
import type { DaemonStatus } from "../lib/daemon/status.ts";
import { jsonAnswer } from "../lib/http/answer.ts";
import { ControlServer } from "../lib/http/server.ts";
import { newDaemonLedger } from "../lib/ledger/ledger.ts";
import { Listener } from "../lib/listener/listener.ts";
import { CameraEvent } from "../lib/wire/event.ts";
import { Simulator } from "../sim/simulator.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "./assert.ts";
import { type RunningDaemon, simulate, startDaemon, startSubscriber } from "./cli/pipeline.ts";
import {
  fileLines,
  listenerLine,
  quietLines,
  receiverLines,
  subscriberLines,
} from "./example_lines.ts";
import { type CapturedPacket, capturing, moduleTransport, sendPackets } from "./interop/capture.ts";
import { handmadePackets, MOMENTS } from "./interop/handmade_packets.ts";
import { pythonTest } from "./interop/python.ts";
import { inFolder, readRows } from "./lib/recording/fixtures.ts";
import { commandOf, commandsOf, RunningExample, sourceOf } from "./running_example.ts";
import { waitFor } from "./wait_for.ts";

const WAIT_MS = 60_000;
const READOUTS = 30;
const SEED = 4711;

/** A camera whose module 7 falls silent after ten readouts. */
const SIMULATION = [
  ...["--readouts", String(READOUTS), "--seed", String(SEED), "--kill-module", "7@1s"],
  ...["--speed", "20"],
];

const DASHBOARD = commandOf("counter_dashboard.ts");

const EXAMPLES = [
  "counter_dashboard.ts",
  "listener.ts",
  "read_file.py",
  "receiver.ts",
  "subscriber.py",
];

Deno.test("examples/README.md has every example once, with a command that the example tells", () => {
  const files = Array.from(
    Deno.readDirSync(new URL("../examples", import.meta.url)),
    ({ name }) => name,
  );
  assertEquals(files.filter((name) => name !== "README.md").sort(), EXAMPLES);
  const rows = sourceOf("README.md").split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, file]) => file?.startsWith("["));
  assertEquals(rows.map(([, file]) => file).sort(), EXAMPLES.map((name) => `[${name}](${name})`));
  for (const [, link = "", , told = ""] of rows) {
    const file = link.slice(1, link.indexOf("]"));
    const command = commandOf(file);
    assertEquals(told.replaceAll("`", "").slice(0, command.length), command);
  }
});

Deno.test("without arguments the examples look where a daemon is by default", () => {
  for (const file of ["listener.ts", "subscriber.py"]) {
    assertStringIncludes(sourceOf(file), `"${DEFAULT_ENDPOINT}"`);
  }
  for (const file of ["listener.ts", "counter_dashboard.ts"]) {
    assertStringIncludes(sourceOf(file), `"http://${DEFAULT_CONTROL}"`);
  }
  assertStringIncludes(sourceOf("receiver.ts"), `"2009"`);
});

commandsOf("receiver.ts").forEach((command, index) => {
  const permissions = command.split(" ").filter((word) => word.startsWith("--")).join(" ");
  Deno.test(`examples/receiver.ts builds the events of all packets with ${permissions}`, async () => {
    await using receiver = new RunningExample(command, ["0"]);
    const [, port] = await receiver.printed(/^receiving on port (\d+)\n/);
    await sendFrom("127.0.0.200", Number(port), new Uint8Array(144));
    await sendFrom("127.0.0.101", Number(port), new Uint8Array(143));
    const target = `127.0.0.1:${port}`;
    const sim = await SsdaqProcess.run("sim", "--target", target, "--json", ...SIMULATION);
    assertEquals(sim.code, 0, sim.stderr);
    // The first time all events are closed by their deadline, the second time by Ctrl-C.
    await receiver.printed(index === 0 ? /^event 30 .*\n/m : /^event 10 .*\n/m);
    const { code, stdout, stderr } = await receiver.stop();
    assertEquals([code, stderr], [0, ""]);
    const [, ...lines] = stdout.split("\n");
    const packets = await packetsOf(sim.stdout);
    const readouts = READOUTS * 31 + 10;
    assertEquals(lines, [
      ...receiverLines(packets),
      `packets: ${
        JSON.stringify({
          ...newDaemonLedger().packets,
          received: packets.length + 2,
          accepted: packets.length,
          malformed: 1,
          unknownSource: 1,
        })
      }`,
      `malformed: ${JSON.stringify({ empty: 0, oversize: 0, fractional: 1, byteOrder: 0 })}`,
      `readouts: ${JSON.stringify({ decoded: readouts, placed: readouts, late: 0, duplicate: 0 })}`,
      "events: 10 complete, 20 partial",
      "",
    ]);
  });
});

for (const [feedName, feed, events] of feeds()) {
  Deno.test(`examples/listener.ts prints the events of ${feedName}, heard or fetched`, async () => {
    await using daemon = await startDaemon("--deadline", "1s");
    const command = commandOf("listener.ts");
    // With `off` it needs no network by Deno.
    const withoutNet = command.replace(" --allow-net", "");
    await using hearing = new RunningExample(withoutNet, [daemon.endpoint, "off"]);
    const published = await publishedBy(daemon, 2, feed, events);
    const lines = published.map(listenerLine);
    await hearing.prints("all events", (stdout) => stdout.includes(`${lines.at(-1)}\n`));
    await using fetching = new RunningExample(command, [daemon.endpoint, `${daemon.control}`]);
    await fetching.prints("all events", (stdout) => stdout.includes(`${lines.at(-1)}\n`));
    assertEquals(
      [await hearing.stop(), await fetching.stop()],
      [`heard ${events}, fetched 0, missed 0`, `heard 0, fetched ${events}, missed 0`].map((
        end,
      ) => ({
        code: 0,
        stdout: [`listening to ${daemon.endpoint}`, ...lines, end, ""].join("\n"),
        stderr: "",
      })),
    );
  });

  pythonTest(`examples/subscriber.py decodes both messages of ${feedName}`, async (python) => {
    await using daemon = await startDaemon("-p", "tcp://127.0.0.1:0=readout", "--deadline", "1s");
    const { publish } = await statusOf(daemon);
    const command = commandOf("subscriber.py");
    const [eventEndpoint = "", readoutEndpoint = ""] = publish.map(({ endpoint }) => endpoint);
    await using ofEvents = new RunningExample(command, [eventEndpoint], python);
    await using ofReadouts = new RunningExample(command, [readoutEndpoint], python);
    const published = await publishedBy(daemon, 3, feed, events);
    const eventLines = published.flatMap((event) => subscriberLines(event));
    const readoutLines = published.map((event) => subscriberLines(event)[0]);
    await ofEvents.prints("all", (stdout) => stdout.includes(`${eventLines.at(-1)}\n`));
    await ofReadouts.prints("all", (stdout) => stdout.includes(`${readoutLines.at(-1)}\n`));
    assertEquals(
      [await ofEvents.stop(), await ofReadouts.stop()],
      [eventLines, readoutLines].map((lines) => ({
        code: 0,
        stdout: [...lines, `heard ${events}, refused 0`, ""].join("\n"),
        stderr: "",
      })),
    );
  });
}

pythonTest("examples/subscriber.py counts messages that are no events", async (python) => {
  const { XPublisher } = await import("zeromq");
  const publisher = new XPublisher({ linger: 0, receiveTimeout: 0 });
  try {
    await publisher.bind("tcp://127.0.0.1:*");
    const command = commandOf("subscriber.py");
    await using subscriber = new RunningExample(command, [`${publisher.lastEndpoint}`], python);
    await waitFor("the subscription", async () => {
      if (!publisher.readable) return false;
      await publisher.receive();
      return true;
    }, WAIT_MS);
    const event = new CameraEvent();
    event.number = 7n;
    event.mask = 1;
    event.module(0).fill(2.5);
    event.setTimes(0, 0, 1, 0, 1);
    event.setReceiveTime(1, 5);
    const lengths = [0, 16951, 16953, 16952, 16448];
    for (const length of lengths) await publisher.send(new Uint8Array(length));
    await publisher.send(event.bytes);
    await subscriber.printed(/^event 7 at .* 1 modules, mean 2.50 mV, received 1.000000005 s/);
    const { code, stdout } = await subscriber.stop();
    assertEquals(code, 0);
    assertStringIncludes(stdout, `\nheard 1, refused ${lengths.length}\n`);
  } finally {
    publisher.close();
  }
});

pythonTest(
  "examples/read_file.py reads a file, also while it grows",
  (python) =>
    inFolder(async (folder) => {
      const [file, geometry] = [`${folder}/run.h5`, `${folder}/geometry.json`];
      const { stdout } = await SsdaqProcess.run("geometry", "--json");
      await Deno.writeTextFile(geometry, stdout);
      const command = commandOf("read_file.py");
      const read = async () => await new RunningExample(command, [file, geometry], python).ends();
      // Slot 31 is no module of this camera: its pixels stay empty.
      const modules = Array.from({ length: 31 }, (_, slot) => `127.0.0.${101 + slot}=${slot}`);
      await using daemon = await startDaemon(
        ...["--deadline", "1s", ...modules.flatMap((module) => ["--module", module])],
      );
      await using record = await startSubscriber(daemon, ["record", file]);
      // It subscribes first, and then makes the file.
      await record.says(/listening to/);
      await using following = new RunningExample(command, [file, geometry, "--follow"], python);
      const begin = `recorded on ${Deno.hostname()} from ${daemon.endpoint}`;
      await following.printed(new RegExp(`^${begin}\n`));
      assertEquals(await read(), {
        code: 1,
        stdout: `${begin}\n`,
        stderr: "there is no event in the file yet\n",
      });
      await simulate(daemon.target, "--modules", "31", ...SIMULATION);
      await following.printed(/^event 30 of .*\n/m);
      const followed = await following.stop();
      assertEquals((await record.stop()).code, 0);
      const rows = await readRows(file);
      assertEquals(rows.length, READOUTS);
      const lines = fileLines(rows);
      assertMatch(lines[0] ?? "", /^event 11 of .* absent \[7, 31\]$/);
      const expected = { code: 0, stdout: [begin, ...lines, ""].join("\n"), stderr: "" };
      assertEquals([followed, await read()], [expected, expected]);
    }),
);

Deno.test("examples/counter_dashboard.ts shows every counter with its rate, and marks losses", async () => {
  await using daemon = await startDaemon();
  await using dashboard = new RunningExample(DASHBOARD, [`${daemon.control}`]);
  await sendFrom("127.0.0.200", Number(daemon.target.split(":")[1]), new Uint8Array(144));
  {
    await using sim = new SsdaqProcess([
      ...["sim", "--target", daemon.target, "--readouts-per-packet", "1", "--duplicate", "0.25"],
    ]);
    const areRatesRight = (screen: string) =>
      isNear(rateIn(screen, "packets", "received"), 400) &&
      isNear(rateIn(screen, "readouts", "placed"), 320) &&
      // A copy that comes when its event is complete is late.
      isNear(rateIn(screen, "readouts", "duplicate") + rateIn(screen, "readouts", "late"), 80) &&
      isNear(rateIn(screen, "events", "built"), 10);
    await dashboard.prints("the rates", (stdout) => areRatesRight(lastScreen(stdout)));
    const once = await new RunningExample(DASHBOARD, ["--once", `${daemon.control}`]).ends();
    assertEquals([once.code, once.stderr], [0, ""]);
    assertMatch(once.stdout, /^run \d+, up \d+ s, publishing\n {2}packets/);
    assert(rateIn(once.stdout, "events", "built") > 0);
    await sim.stop();
  }
  await fetch(`${daemon.control}/pause`, { method: "POST" });
  await dashboard.prints("that all is quiet", (stdout) => isQuiet(lastScreen(stdout)));
  const { run, ledger } = await statusOf(daemon);
  const [first = "", ...lines] = lastScreen(dashboard.stdout).trimEnd().split("\n");
  assertMatch(first, new RegExp(`^run ${run}, up \\d+ s, publishing is paused$`));
  assertEquals(lines, quietLines(ledger));
  const marked = lines.filter((line) => line.startsWith("!")).map((line) => line.split(/ +/)[2]);
  assertEquals(marked[0], "unknownSource");
  assert(marked.includes("late") || marked.includes("duplicate"));
  // Ctrl-C has no handler: 128 + SIGINT.
  assertEquals((await dashboard.stop()).code, 130);
});

Deno.test("examples/counter_dashboard.ts goes on when its daemon is away or starts again", async () => {
  await using daemon = await startDaemon();
  let status = await statusOf(daemon);
  status.ledger.packets.received = 1000;
  const server = ControlServer.start({
    address: { hostname: "127.0.0.1", port: 0 },
    routes: [{ method: "GET", path: "/status", handle: () => jsonAnswer(status) }],
  });
  const { url } = server;
  await using dashboard = new RunningExample(DASHBOARD, [url]);
  try {
    await dashboard.prints("1000", (stdout) => /received +1000 /.test(lastScreen(stdout)));
    status = structuredClone(status);
    status.startTime = new Date().toISOString();
    status.ledger.packets.received = 10;
    await dashboard.printed(/received +10 +\S+\/s/);
    assertMatch(dashboard.stdout, /received +10 +0\.0\/s/);
  } finally {
    await server[Symbol.asyncDispose]();
  }
  const isGone = (text: string) => text.startsWith(`no answer from ${url} `);
  await dashboard.prints("that nobody answers", (stdout) => isGone(lastScreen(stdout)));
  const once = await new RunningExample(DASHBOARD, ["--once", url]).ends();
  assertEquals([once.code, once.stdout, isGone(once.stderr)], [1, "", true]);
});

/** What examples are shown: who sends packets, and how many events these are. */
function feeds(): [name: string, feed: (target: string) => Promise<unknown>, events: number][] {
  return [
    ["a simulator", (target) => simulate(target, ...SIMULATION), READOUTS],
    // Modules here are not in step, and TACK is reset.
    [
      "handmade packets",
      (target) => sendPackets(handmadePackets("big"), moduleTransport(target)),
      MOMENTS,
    ],
  ];
}

/** Waits for the subscribers, this one among them, has packets sent, and returns the events. */
async function publishedBy(
  daemon: RunningDaemon,
  subscribers: number,
  feed: (target: string) => Promise<unknown>,
  events: number,
): Promise<CameraEvent[]> {
  const { endpoint, target } = daemon;
  const signal = AbortSignal.timeout(WAIT_MS);
  await using listener = await Listener.connect({ endpoints: [endpoint], signal });
  await waitFor("the subscribers", async () => {
    const { publish } = await statusOf(daemon);
    return publish.reduce((sum, { subscribers }) => sum + subscribers, 0) === subscribers;
  }, WAIT_MS);
  await feed(target);
  const published: CameraEvent[] = [];
  for await (const event of listener) {
    published.push(event);
    if (published.length === events) break;
  }
  assertEquals(published.length, events);
  return published;
}

/** The packets of a simulator with this summary, made once more. */
async function packetsOf(summary: string): Promise<CapturedPacket[]> {
  const numberOf = (key: string) => BigInt(new RegExp(`"${key}": (\\d+)`).exec(summary)?.[1] ?? 0);
  const packets: CapturedPacket[] = [];
  const simulator = new Simulator({
    readouts: READOUTS,
    seed: SEED,
    faults: { kill: [{ slot: 7, atMs: 1000 }] },
    speed: Infinity,
    firstTackNs: numberOf("firstTackNs"),
    firstAuxNs: numberOf("firstAuxNs"),
    transport: capturing(() => ({ send: () => Promise.resolve([]), close: () => {} }), packets),
  });
  await simulator.run();
  return packets;
}

/** Sends a datagram from an address of this host. */
async function sendFrom(hostname: string, port: number, bytes: Uint8Array): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  await socket.send(bytes, { transport: "udp", hostname: "127.0.0.1", port });
  socket.close();
}

async function statusOf({ control }: RunningDaemon): Promise<DaemonStatus> {
  return await (await fetch(`${control}/status`)).json();
}

/** The newest screen of the dashboard that is whole; "" before the first. */
function lastScreen(stdout: string): string {
  return stdout.split("\x1b[H\x1b[J").findLast((screen) => screen.endsWith("\n")) ?? "";
}

/** A rate on a screen, 1/s; NaN when it is not there. */
function rateIn(screen: string, section: string, counter: string): number {
  const pattern = new RegExp(`^. ${section} +${counter} +\\d+ +([\\d.]+)/s$`, "m");
  return Number(pattern.exec(screen)?.[1] ?? NaN);
}

function isNear(rate: number, wanted: number): boolean {
  return Math.abs(rate - wanted) < 0.1 * wanted;
}

/** Whether a screen has rates, and all are 0. */
function isQuiet(screen: string): boolean {
  const rates = Array.from(screen.matchAll(/ ([-\d.]+)\/s$/gm), ([, rate]) => Number(rate));
  return rates.length > 0 && rates.every((rate) => rate === 0);
}
