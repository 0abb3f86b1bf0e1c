import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { newDaemonLedger } from "../../lib/ledger/ledger.ts";
import { Publisher } from "../../lib/publisher/publisher.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { last, only } from "../elements.ts";
import { makeEvent } from "../lib/make_event.ts";
import { logTo } from "../log_lines.ts";
import { waitFor } from "../wait_for.ts";
import { type DaemonSummary, dataOf, simulate, startDaemon, startSubscriber } from "./pipeline.ts";

/** More than the kernel's buffers hold. */
const EVENTS = 1500;

/** Whether nothing receives at an address any more. */
function isFree(address: string): boolean {
  const [hostname = "", port] = address.split(":");
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
    assertMatch(last(lines), /^event 1500 of run \d+ .* 32 modules \(complete\)/);
  },
});

Deno.test({
  name: "a publisher counts and tells what a subscriber has not taken in its time",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const lines: string[] = [];
    const ledger = newDaemonLedger();
    await using publisher = await Publisher.bind(
      { endpoints: ["tcp://127.0.0.1:*"], log: logTo(lines) },
      ledger,
    );
    const endpoint = only(publisher.endpoints);
    assertEquals(await publisher.deliver(), "delivered", "nobody listens");
    await using listen = new SsdaqProcess(["listen", "-e", endpoint]);
    await waitFor("the subscriber", () => publisher.subscribers === 1);
    publisher.publish([makeEvent(1)]);
    assertEquals(await publisher.deliver(), "delivered");
    await listen.says(/connected to/);
    Deno.kill(listen.pid, "SIGSTOP");
    // Some 25 MB, which no buffer of the kernel takes.
    publisher.publish(Array.from({ length: 1500 }, (_, index) => makeEvent(index + 2)));
    assertEquals(await publisher.deliver(300), "lost");
    assertMatch(lines.at(-1) ?? "", /has not taken the last events within 0\.3 s/);
    assert(ledger.events.undelivered > 0 && ledger.events.undelivered <= 1500);
    assertEquals(only(publisher.states).undelivered, ledger.events.undelivered);
  },
});
