import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { inFolder, readNumbers, rowsNow } from "../lib/recording/fixtures.ts";
import { upTo } from "../up_to.ts";
import { waitFor } from "../wait_for.ts";
import {
  type DaemonSummary,
  dataOf,
  type RecordSummary,
  type SimSummary,
  simulate,
  startDaemon,
  startSubscriber,
} from "./pipeline.ts";

/** Lets system calls of a running process fail from now on, until it has ended. */
function failCalls(pid: number, calls: string, error: string) {
  const tracer = new Deno.Command("strace", {
    args: ["-f", "-qq", "-o", "/dev/null", "-e", `inject=${calls}:error=${error}`, "-p", `${pid}`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      try {
        tracer.kill();
      } catch {
        // It has ended with the process.
      }
      await tracer.status;
    },
  };
}

const canInject = await injects();

async function injects(): Promise<boolean> {
  try {
    const args = ["-f", "-o", "/dev/null", "-e", "inject=chdir:error=EIO", "true"];
    return (await new Deno.Command("strace", { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

const skipped = canInject ? "" : " (skipped: no strace)";

Deno.test({
  name: `a daemon whose socket fails publishes what it has, tells why and exits 1${skipped}`,
  ignore: !canInject,
  async fn() {
    await using running = await startDaemon("--socket", "recvmmsg", "--json");
    await simulate(running.target, "--modules", "31", "--readouts", "5", "--speed", "max");
    await waitFor("the readouts", async () => {
      const answer = await fetch(`${running.control}/status`);
      return (await answer.json()).ledger.readouts.decoded === 5 * 31;
    });
    await using _tracer = failCalls(running.daemon.pid, "recvmmsg", "ENOTCONN");
    const { code, stdout, stderr } = await running.daemon.ended;
    assertEquals(code, 1, stderr);
    assertMatch(stderr, /\nerror: the receive thread failed: .*\n$/);
    const { ledger, brokenIdentities }: DaemonSummary = JSON.parse(stdout);
    assertEquals(brokenIdentities, []);
    assertEquals([ledger.events.published, ledger.events.partial], [5, 5]);
  },
});

Deno.test({
  name: `a recorder whose disk fails keeps what was written, tells why and exits 1${skipped}`,
  ignore: !canInject,
  fn: () =>
    inFolder(async (folder) => {
      await using running = await startDaemon();
      const file = `${folder}/a.h5`;
      await using record = await startSubscriber(running, ["record", file, "--json"]);
      await simulate(running.target, "--readouts", "20", "--speed", "max");
      await waitFor("rows", async () => await rowsNow(file) === 20);
      await using _tracer = failCalls(record.pid, "pwrite64", "EIO");
      await using _sim = new SsdaqProcess(["sim", "--target", running.target, "--speed", "10"]);
      const { code, stdout, stderr } = await record.ended;
      assertEquals(code, 1, stderr);
      assertMatch(stderr, /error: cannot write to .*I\/O error; it holds 20 rows/);
      const { brokenIdentities, ledger: { recorder } }: RecordSummary = JSON.parse(stdout);
      assertEquals(brokenIdentities, []);
      assertEquals(recorder.heard, recorder.stored + recorder.unstored);
      assertEquals((await SsdaqProcess.run("repair", file)).code, 0);
      assertEquals(
        (await readNumbers(file)).slice(0, 20),
        upTo(20),
      );
    }),
});

Deno.test({
  name: "SIGTERM under full load loses nothing that had arrived",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      await using running = await startDaemon("--json");
      const file = `${folder}/a.h5`;
      const args = ["record", file, "--compression", "none", "--fill-gaps", `${running.control}`];
      await using record = await startSubscriber(running, [...args, "--json"]);
      await using sim = new SsdaqProcess(
        ["sim", "--target", running.target, "--speed", "300", "--json"],
      );
      await waitFor("events", async () => await rowsNow(file) > 500);
      // While it stands still, packets pile up in the kernel; the signal is there before they are read.
      Deno.kill(running.daemon.pid, "SIGSTOP");
      await waitFor("packets in the kernel", () => waitingBytes(running.target) > 300_000);
      const sent: SimSummary = dataOf(await sim.stop());
      Deno.kill(running.daemon.pid, "SIGTERM");
      Deno.kill(running.daemon.pid, "SIGCONT");
      const { ledger, brokenIdentities }: DaemonSummary = dataOf(await running.daemon.ended);
      const { packets, readouts, events } = ledger;
      assertEquals(packets.received + packets.kernelDropped, sent.packetsSent);
      assertEquals(packets.accepted, packets.received);
      assertEquals([...brokenIdentities, readouts.late, events.unsent], [0, 0]);
      assertEquals(events.published, events.built);
      const stored: RecordSummary = dataOf(await record.stop());
      assertEquals(stored.ledger.recorder.missed, 0);
      assertEquals((await readNumbers(file)).length, events.published);
    }),
});

/** Bytes in the kernel's buffer of a UDP socket, with its own share. */
function waitingBytes(target: string): number {
  const [, port] = target.split(":");
  const hex = Number(port).toString(16).toUpperCase().padStart(4, "0");
  const columns = Deno.readTextFileSync("/proc/net/udp").split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find(([, local]) => local?.endsWith(`:${hex}`));
  return parseInt(columns?.[4]?.split(":")[1] ?? "0", 16);
}
