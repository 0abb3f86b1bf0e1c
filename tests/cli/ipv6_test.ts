import { fileURLToPath } from "node:url";
import type { DaemonStatus } from "../../lib/daemon/status.ts";
import { SOCKET_KINDS } from "../../lib/receiver/packet_socket.ts";
import { addressesFrom } from "../../sim/send/module_addresses.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { HAS_IPV6 } from "../has_ipv6.ts";
import {
  assertNothingLost,
  type DaemonSummary,
  dataOf,
  type SimSummary,
  simulate,
  startDaemon,
} from "./pipeline.ts";

type Summary = DaemonSummary & Pick<DaemonStatus, "slots">;

/** The slots that have accepted packets, and how many. */
function packetsBySlot({ slots }: Summary): [number, number][] {
  return slots.filter(({ packets }) => packets > 0).map(({ slot, packets }) => [slot, packets]);
}

const ignore = !HAS_IPV6;

Deno.test({
  name: "a module that sends by IPv6 has the slot that --module gives its address",
  ignore,
  async fn() {
    await using running = await startDaemon(
      ...["-l", "[::1]:0", "--module", "0:0:0::0001=5", "--json"],
    );
    assertMatch(running.target, /^\[::1\]:\d+$/);
    const one = ["--modules", "1", "--first-address", "::1"];
    const sent = await simulate(running.target, ...one, "--readouts", "40", "--speed", "10");
    const ended = await running.daemon.stop();
    const summary: Summary = dataOf(ended);
    // Its slot is the only one that is expected, from the start.
    assertNothingLost(sent, summary, 40);
    assertEquals(packetsBySlot(summary), [[5, sent.packetsSent]]);
    assertMatch(ended.stderr, /receiving on udp:\/\/\[::1\]:\d+ \(/);
  },
});

Deno.test({
  name: "a daemon for both families has a table of modules of both, and refuses all others",
  ignore: ignore || Deno.build.os !== "linux",
  async fn() {
    await using running = await startDaemon(
      ...["-l", "[::]:0", "--module", "::1=0", "--module", "::ffff:127.0.0.102=31", "--json"],
    );
    const port = running.target.replace(/.*:/, "");
    const some = ["--readouts", "20", "--speed", "max"];
    await simulate(`[::1]:${port}`, "--modules", "1", "--first-address", "::1", ...some);
    // Of these three, by the rule slots 0 to 2, the middle one alone is in the table.
    await simulate(`127.0.0.1:${port}`, "--modules", "3", ...some);
    const ended = await running.daemon.stop();
    const summary: Summary = dataOf(ended);
    assertEquals(packetsBySlot(summary), [[0, 2], [31, 2]]);
    assertEquals(summary.ledger.packets.unknownSource, 4);
    assertMatch(
      ended.stderr,
      /from 127\.0\.0\.10[13] refused: no module has .* add --module 127\.0\.0\.10[13]=SLOT\n/,
    );
  },
});

Deno.test({
  name: "without --module an IPv6 address is no module's, which the daemon says with what to do",
  ignore,
  async fn() {
    await using running = await startDaemon("-l", "[::]:0", "--json");
    const one = ["--modules", "1", "--first-address", "::1", "--readouts", "20"];
    await simulate(running.target, ...one, "--speed", "max");
    const ended = await running.daemon.stop();
    assertEquals(dataOf<Summary>(ended).ledger.packets.unknownSource, 2);
    assertMatch(
      ended.stderr,
      /from ::1 refused: an IPv6 .* needs a table .* give --module ::1=SLOT\n/,
    );
  },
});

const FIRST = "fd00::101";
const ADDRESSES = addressesFrom(FIRST, 32, { hostname: "::1", port: 1 });

/** Runs a command in a network namespace of its own, whose loopback interface has the addresses. */
async function inNamespace(command: string[]): Promise<Deno.CommandOutput> {
  const setUp = ["ip link set lo up", ...ADDRESSES.map((ip) => `ip -6 addr add ${ip}/128 dev lo`)];
  const script = `${setUp.join(" && ")} && exec "$@"`;
  const args = ["--net", "sh", "-c", script, "sh", ...command];
  return await new Deno.Command("unshare", { args }).output();
}

const hasNamespaces = HAS_IPV6 && await inNamespace(["true"]).then(
  ({ success }) => success,
  () => false,
);
const skipped = hasNamespaces ? "" : " (skipped: no network namespaces, which need root)";

for (const kind of SOCKET_KINDS) {
  Deno.test({
    name: `a whole camera by IPv6 is complete (${kind})${skipped}`,
    ignore: !hasNamespaces,
    async fn() {
      const chain = fileURLToPath(new URL("ipv6_chain.ts", import.meta.url));
      const { code, stdout, stderr } = await inNamespace(
        [Deno.execPath(), "run", "--allow-all", chain, FIRST, kind, ...ADDRESSES],
      );
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const { sent, daemon }: { sent: SimSummary; daemon: Summary } = JSON.parse(
        new TextDecoder().decode(stdout),
      );
      assertEquals(sent.slots.map(({ address }) => address), ADDRESSES);
      assertNothingLost(sent, daemon, 50);
      assertEquals(packetsBySlot(daemon), ADDRESSES.map((_, slot) => [slot, 5]));
    },
  });
}
