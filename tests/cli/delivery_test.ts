import { assertEquals, assertMatch } from "../assert.ts";
import { waitFor } from "../wait_for.ts";
import { type DaemonSummary, dataOf, simulate, startDaemon, startSubscriber } from "./pipeline.ts";

/** More than the kernel's buffers hold. */
const EVENTS = 1500;

/** Whether nothing receives at an address any more. */
function isFree(address: string): boolean {
  const [hostname, port] = address.split(":");
  try {
    Deno.listenDatagram({ transport: "udp", hostname, port: Number(port) }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

Deno.test({
  name: "daemon delivers its last events to a subscriber that is behind before it leaves",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using running = await startDaemon("--json");
    await using listen = await startSubscriber(running, ["listen"]);
    Deno.kill(listen.pid, "SIGSTOP");
    await simulate(running.target, "--duration", "150s", "--speed", "max");
    const stopping = running.daemon.stop();
    await waitFor("the daemon to be done but for its last events", () => isFree(running.target));
    // It is patient with a subscriber whose disk is slow.
    await Promise.race([running.daemon.ended, new Promise((resolve) => setTimeout(resolve, 4000))]);
    Deno.kill(listen.pid, "SIGCONT");
    const { ledger }: DaemonSummary = dataOf(await stopping);
    assertEquals([ledger.events.built, ledger.events.published], [EVENTS, EVENTS]);
    await listen.says(/lost tcp/);
    const { code, stdout } = await listen.stop();
    const lines = stdout.trimEnd().split("\n");
    assertEquals([code, lines.length], [0, EVENTS]);
    assertMatch(lines[EVENTS - 1], /^event 1500 of run \d+ .* 32 modules \(complete\)/);
  },
});
