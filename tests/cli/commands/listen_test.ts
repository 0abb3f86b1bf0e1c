import { daemonPlaces, SsdaqProcess } from "../../../cli/process/ssdaq_process.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import type { CameraEvent } from "../../../lib/wire/event.ts";
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { DEADLINE_MS } from "../../wait_for.ts";
import { simulate, startSubscriber } from "../pipeline.ts";

const EVENTS = 20;

/** A UDP and a TCP port that nothing has. */
function freePorts(): { udp: string; tcp: string } {
  using listener = Deno.listen({ port: 0 });
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const udp = (socket.addr as Deno.NetAddr).port;
  socket.close();
  return { udp: String(udp), tcp: String(listener.addr.port) };
}

async function take(listener: Listener, total: number): Promise<CameraEvent[]> {
  const events: CameraEvent[] = [];
  for await (const event of listener) if (events.push(event) === total) break;
  return events;
}

Deno.test("daemon and listen take bare ports; text, JSON and CSV tell the same events", async () => {
  const { udp, tcp } = freePorts();
  await using daemon = new SsdaqProcess(["daemon", "-l", udp, "-p", tcp, "--control", "off"]);
  const places = await daemonPlaces(daemon);
  const { target, endpoint } = places;
  assertEquals([target.split(":")[1], endpoint.split(":")[2]], [udp, tcp]);
  await using truth = await Listener.connect({
    endpoints: [endpoint],
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  await daemon.says(/subscriber joined, now 1/);
  const running = { daemon, ...places, endpoint: tcp, [Symbol.asyncDispose]: async () => {} };
  const limit = ["--events", String(EVENTS)];
  await using text = await startSubscriber(running, ["listen", ...limit], 2);
  await using json = await startSubscriber(
    running,
    ["listen", "--json", "--values", ...limit],
    3,
  );
  await using csv = await startSubscriber(running, ["listen", "--as=csv", ...limit], 4);
  const heard = take(truth, EVENTS);
  // One module is absent: its voltages are null.
  await simulate(target, "--modules", "31", "--duration", "3s", "--speed", "max");
  // Its events wait for the absent module; the daemon emits them as it ends.
  await daemon.stop();

  const events = await heard;
  assertEquals(events.length, EVENTS);
  for (const process of [text, json, csv]) {
    const { code, stderr } = await process.ended;
    assertEquals(code, 0, stderr);
    assertMatch(
      stderr,
      /recorder {2}heard 20 {2}filled 0 {2}stored 20 {2}duplicate 0 {2}unstored 0 {2}missed 0/,
    );
  }
  checkText((await text.ended).stdout, events);
  checkJson((await json.ended).stdout, events);
  checkCsv((await csv.ended).stdout, events);
});

function checkText(stdout: string, events: CameraEvent[]): void {
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.length, EVENTS);
  events.forEach(({ number, run, timestampNs }, index) => {
    const line = nth(lines, index);
    assert(line.startsWith(`event ${number} of run ${run}  TACK ${timestampNs} ns`));
    assertMatch(line, /31 modules \(partial\) {2}min \/ mean \/ max [\d.]+ \/ [\d.]+ \/ /);
  });
}

function checkJson(stdout: string, events: CameraEvent[]): void {
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.length, EVENTS);
  events.forEach((event, index) => {
    // Above 2^53 the digits themselves are what is compared.
    assert(event.timestampNs > 2n ** 53n);
    const line = nth(lines, index);
    assertMatch(line, new RegExp(`"timestampNs":${event.timestampNs},`));
    const { number, run, modules, mask, complete, millivolts } = JSON.parse(line);
    assertEquals([number, run], [Number(event.number), Number(event.run)]);
    assertEquals([modules, mask, complete], [31, 0x7fffffff, false]);
    assertEquals(millivolts.length, 32);
    for (let slot = 0; slot < 31; slot++) assertEquals(millivolts[slot], [...event.module(slot)]);
    assertEquals(millivolts[31], new Array(64).fill(null));
  });
}

function checkCsv(stdout: string, events: CameraEvent[]): void {
  const [head = [], ...rows] = stdout.trimEnd().split("\n").map((line) => line.split(","));
  assertEquals(rows.length, EVENTS);
  events.forEach((event, index) => {
    const row = nth(rows, index);
    assertEquals(row.length, head.length);
    const value = (column: string) => row[head.indexOf(column)];
    assertEquals(value("number"), String(event.number));
    assertEquals(value("timestampNs"), String(event.timestampNs));
    assertEquals(value("receiveSeconds"), String(event.receiveSeconds));
    const there = event.millivolts.filter((value) => !Number.isNaN(value));
    const mean = there.reduce((total, value) => total + value, 0) / there.length;
    assertAlmostEquals(Number(value("meanMillivolts")), mean, 1e-9);
    assertEquals(Number(value("maxMillivolts")), Math.max(...there));
  });
}
