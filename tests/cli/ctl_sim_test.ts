import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { fromJson } from "../../lib/text/json.ts";
import { parseManifest } from "../../sim/manifest/parse_manifest.ts";
import type { SimulatorStatus } from "../../sim/simulator_status.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { nth } from "../elements.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { refused } from "./refused.ts";

/** A simulator with a control port that sends to nobody, and how to command it. */
async function startSimulator(...options: string[]) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const sim = new SsdaqProcess(
    ["sim", "--target", `127.0.0.1:${port}`, "--control", "127.0.0.1:0", ...options],
  );
  const control = nth(await sim.says(/control on (http:\S+)/), 1);
  return {
    sim,
    control,
    async ctl(...action: string[]): Promise<SimulatorStatus> {
      const { code, stdout, stderr } = await SsdaqProcess.run(
        ...["ctl", "sim", ...action, "--control", control, "--json"],
      );
      assertEquals(code, 0, stderr);
      return fromJson(stdout) as unknown as SimulatorStatus;
    },
    async [Symbol.asyncDispose]() {
      await sim[Symbol.asyncDispose]();
      socket.close();
    },
  };
}

Deno.test("ctl sim pauses and resumes one module or all, and the manifest knows which packets", () =>
  inFolder(async (folder) => {
    const manifest = `${folder}/manifest.json`;
    await using running = await startSimulator(
      ...["--modules", "3", "--rate", "2000", "--manifest", manifest],
    );
    const states = ({ slots }: SimulatorStatus) => slots.map(({ state }) => state).join(" ");
    const packetsIn = ({ slots }: SimulatorStatus, slot: number) => nth(slots, slot).packets;
    const packetsOf = async (slot: number) => packetsIn(await running.ctl("status"), slot);
    assertEquals(states(await running.ctl("status")), "sending sending sending");
    const paused = await running.ctl("pause", "1");
    assertEquals(states(paused), "sending paused sending");
    await waitFor("others to go on", async () => await packetsOf(2) > packetsIn(paused, 2) + 5);
    // The moment that was being sent when the command came may still have counted.
    assert(await packetsOf(1) <= packetsIn(paused, 1) + 1);
    assertEquals(states(await running.ctl("pause")), "paused paused paused");
    const silent = await running.ctl("status");
    assertEquals(states(await running.ctl("resume", "0")), "sending paused paused");
    await waitFor("slot 0", async () => await packetsOf(0) > packetsIn(silent, 0) + 5);
    assertEquals(await packetsOf(2), packetsIn(silent, 2));
    assertEquals(states(await running.ctl("resume")), "sending sending sending");
    await waitFor("slot 2", async () => await packetsOf(2) > packetsIn(silent, 2));
    const { code } = await running.sim.stop();
    assertEquals(code, 0);
    const { slots, totals, silences } = parseManifest(Deno.readTextFileSync(manifest));
    assert(totals.paused > 15);
    for (const { slot, packetsMade, packetsSent, paused } of slots) {
      assertEquals(packetsMade, packetsSent + paused, `slot ${slot}`);
    }
    assertEquals(new Set(silences.map(({ cause }) => cause)), new Set(["paused"] as const));
  }));

Deno.test("ctl sim changes the rate, and turns faults off and on", async () => {
  await using running = await startSimulator("--modules", "2", "--rate", "1000", "--loss", "1");
  const sent = async () => (await running.ctl("status")).packetsSent;
  assertEquals(await sent(), 0);
  const off = await running.ctl("faults", "off");
  assertEquals(off.faultsActive, false);
  await waitFor("packets", async () => await sent() > 4);
  assertEquals((await running.ctl("faults", "on")).faultsActive, true);
  const stopped = await running.ctl("rate", "2500.5");
  assertEquals(stopped.rate, 2500.5);
  const { packetsSent } = await running.ctl("status");
  await waitFor("lost ones", async () => {
    return Number((await running.ctl("status")).faults?.lost) > Number(stopped.faults?.lost) + 4;
  });
  assertEquals(await sent(), packetsSent);
});

Deno.test("ctl sim shows the camera's lines of modules", async () => {
  await using running = await startSimulator(
    ...["--modules", "31", "--rate", "1000", "--kill-module", "4@1ms"],
  );
  const { ctl } = running;
  const stateOf = async (slot: number) => nth((await ctl("status")).slots, slot).state;
  await waitFor("a killed module", async () => await stateOf(4) === "killed");
  await ctl("pause", "5");
  const { stdout } = await SsdaqProcess.run("ctl", "sim", "status", "--control", running.control);
  assertMatch(stdout, /^31 modules at 1000 readouts\/s each, faults on, for /);
  const lines = stdout.trimEnd().split("\n").slice(-6);
  assertMatch(nth(lines, 0), /^ {14} 0 \S+\/s +1 \S+\/s +2 \S+\/s +3 \S+\/s$/);
  assertMatch(nth(lines, 1), /^ {3}4 killed +5 paused +6 \S+\/s +7 .* 9 \S+\/s$/);
  assertMatch(nth(lines, 5), /^ {14}28 \S+\/s +29 \S+\/s +30 \S+\/s +31 -$/);
});

Deno.test("ctl sim says what is wrong: with what is asked, and with who is asked", async () => {
  await refused(2, ["ctl", "sim"], "ctl sim: give status, pause");
  await refused(2, ["ctl", "sim", "stop"], "ctl sim stop: not known");
  await refused(2, ["ctl", "sim", "pause", "32"], "pause 32: give a whole number from 0 to 31");
  await refused(2, ["ctl", "sim", "rate", "0"], "ctl sim rate 0: give a number above 0");
  await refused(2, ["ctl", "sim", "faults", "of"], "ctl sim faults of: give one of on, off");
  await refused(2, ["ctl", "sim", "status", "2"], "ctl: unexpected argument 2");
  await using running = await startSimulator("--modules", "2");
  const { control } = running;
  const at = ["--control", control];
  await refused(1, ["ctl", "sim", "pause", "2", ...at], "slot is 2; give a whole number 0..1");
  await refused(1, ["ctl", "sim", "faults", "off", ...at], "was started without faults");
  await refused(1, ["ctl", "status", ...at], "does not answer as an ssdaq daemon does");
  for (
    const query of ["/rate?hz=1e3", "/rate?hz=-1", "/rate", "/faults?active=1", "/pause?slot=a"]
  ) {
    const answer = await fetch(control + query, { method: "POST" });
    assertEquals(answer.status, 400, query);
    await answer.body?.cancel();
  }
});
