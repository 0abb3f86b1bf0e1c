import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { Simulator } from "../../sim/simulator.ts";
import { assert, assertEquals, assertGreater, assertLess } from "../assert.ts";
import { MemoryWatch } from "./memory_watch.ts";
import { type DaemonSummary, dataOf, type SimSummary, simulate, startDaemon } from "./pipeline.ts";

/** What a daemon may take while it refuses packets. */
const MAX_DAEMON_BYTES = 350 * 2 ** 20;

Deno.test({
  name: "a flood from unknown addresses takes no event from a good camera, no memory and no log",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using running = await startDaemon("--json", "--replay-buffer", "off");
    const { daemon, target } = running;
    using memory = new MemoryWatch(daemon.pid);
    // Their last octets would be the slots 49 to 80, which there are not.
    await using flood = new SsdaqProcess([
      ...["sim", "--target", target, "--first-address", "127.0.0.50", "--speed", "max"],
      "--json",
    ]);
    await daemon.says(/from 127\.0\.0\.\d+ refused: no module has this address/);
    const good = await simulate(target, "--readouts", "600", "--speed", "10");
    const bad: SimSummary = dataOf(await flood.stop());
    const ended = await daemon.stop();
    const { ledger: { packets, events }, brokenIdentities }: DaemonSummary = dataOf(ended);
    assertEquals(brokenIdentities, []);
    const dropped = packets.kernelDropped;
    assertEquals(packets.received + dropped, good.packetsSent + bad.packetsSent);
    assertGreater(packets.unknownSource, 10 * good.packetsSent);
    // On a busy machine the kernel may have no room: what it drops is anybody's, and counted.
    assert(good.packetsSent - packets.accepted <= dropped);
    assert(events.complete >= 600 - 10 * dropped, `${events.complete} complete`);
    assertLess(memory.peakBytes, MAX_DAEMON_BYTES);
    assertLess(ended.stderr.split("\n").length, 40, ended.stderr);
  },
});

Deno.test("spoofed packets with a module's address and times change no count of events, and are counted", async () => {
  await using running = await startDaemon("--json");
  const [hostname = "", port] = running.target.split(":");
  const camera = (seed: number) => {
    const target = { hostname, port: Number(port) };
    return new Simulator({ target, readouts: 300, firstTackNs: 2n ** 60n, speed: 10, seed }).run();
  };
  const [good, spoofed] = await Promise.all([camera(1), camera(2)]);
  assertEquals(good.readoutsSent, spoofed.readoutsSent);
  const { ledger, brokenIdentities }: DaemonSummary = dataOf(await running.daemon.stop());
  const { readouts, events } = ledger;
  assertEquals(brokenIdentities, []);
  assertEquals([events.complete, events.partial, events.resets], [300, 0, 0]);
  assertEquals(readouts.placed, good.readoutsSent);
  assertEquals(readouts.late + readouts.duplicate, spoofed.readoutsSent);
});
