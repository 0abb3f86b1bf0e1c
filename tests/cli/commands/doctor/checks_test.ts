import { checkDaemon } from "../../../../cli/commands/doctor/daemon_checks.ts";
import {
  checkClock,
  checkDescriptors,
  checkDisk,
  checkReceiveBuffer,
  checkReceiver,
} from "../../../../cli/commands/doctor/host_checks.ts";
import {
  checkInterface,
  checkSoftnet,
  checkUdpDrops,
} from "../../../../cli/commands/doctor/network_checks.ts";
import {
  checkLocalAddress,
  checkPort,
  holderOf,
} from "../../../../cli/commands/doctor/port_checks.ts";
import type { DaemonStatus } from "../../../../lib/daemon/status.ts";
import { newDaemonLedger } from "../../../../lib/ledger/ledger.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { first, last, nth } from "../../../elements.ts";

const MIB = 2 ** 20;

Deno.test("a buffer that is granted whole is good at any rate", () => {
  assertEquals(checkReceiveBuffer(32 * MIB, 32 * MIB, 1e6).state, "good");
});

Deno.test("a smaller buffer is bad when it lasts under a second, and the command that mends it is told", () => {
  // 4 MiB hold 1820 packets of 2304 bytes.
  const bad = checkReceiveBuffer(32 * MIB, 4 * MIB, 1830);
  assertEquals(bad.state, "bad");
  assertEquals(
    bad.found,
    "4.0 MiB of the requested 32.0 MiB, enough for 994.8 ms at 1830 packets/s",
  );
  assertStringIncludes(bad.fix ?? "", "sudo sysctl -w net.core.rmem_max=33554432");
  assertEquals(checkReceiveBuffer(32 * MIB, 4 * MIB, 1810).state, "warning");
  assertEquals(checkReceiveBuffer(undefined, undefined, 1).state, "unknown");
});

Deno.test("the portable receiver is a warning that says why", () => {
  const finding = checkReceiver("portable", "no libc.so.6");
  assertEquals(finding.state, "warning");
  assertStringIncludes(finding.found, "no libc.so.6");
  assertEquals(checkReceiver("recvmmsg", undefined).state, "good");
});

Deno.test("a disk is good as long as the events of the time asked for fit on it", () => {
  // A row has 8764 bytes; see lib/recording/table/columns.ts.
  const needed = 8764 * 10 * 3600;
  assertEquals(checkDisk("/data", needed, 10, 3_600_000).state, "good");
  const bad = checkDisk("/data", needed - 1, 10, 3_600_000);
  assertEquals(bad.state, "bad");
  assertMatch(bad.fix ?? "", /^make room for 300\.9 MiB: du -xh --max-depth=1 \/data/);
  assertEquals(checkDisk("/none", undefined, 10, 1), {
    ...{
      name: "disk of /none",
      state: "bad",
      found: "the folder does not exist or cannot be read",
    },
    fix: "mkdir -p /none",
  });
});

Deno.test("a clock that runs free is a warning", () => {
  assertEquals(checkClock(true).state, "good");
  assertEquals(checkClock(false).state, "warning");
  assertEquals(checkClock(undefined).state, "unknown");
});

Deno.test("the limit of descriptors is the soft one", () => {
  const limits = (soft: string) =>
    "Limit                     Soft Limit           Hard Limit           Units     \n" +
    `Max open files            ${soft.padEnd(20)} 1048576              files     \n`;
  assertEquals(checkDescriptors(limits("1024")).state, "good");
  assertEquals(checkDescriptors(limits("unlimited")).state, "good");
  assertEquals(checkDescriptors(limits("1023")).state, "warning");
  assertEquals(checkDescriptors(limits("255")).state, "bad");
  assertEquals(checkDescriptors(undefined).state, "unknown");
});

Deno.test("drops of a socket on the port are bad, those of others a warning", () => {
  const socket = { address: "0.0.0.0", port: 2009, state: 7, inode: 1, drops: 5 };
  const counters = { RcvbufErrors: 7, InErrors: 9 };
  const bad = checkUdpDrops(counters, [socket], 2009);
  assertEquals([bad.state, bad.found], ["bad", "5 datagrams to port 2009 were dropped"]);
  const warning = checkUdpDrops(counters, [socket], 2010);
  assertEquals(warning.state, "warning");
  assertMatch(warning.found, /7 dropped because a buffer was full, 2 damaged/);
  assertEquals(checkUdpDrops({ RcvbufErrors: 0, InErrors: 0 }, [], 2009).state, "good");
  assertEquals(checkUdpDrops({}, [], 2009).state, "unknown");
  assertEquals(checkUdpDrops({ RcvbufErrors: 7 }, [], 2009).state, "unknown");
});

Deno.test("drops of the backlog are a warning with the setting that mends it", () => {
  assertEquals(checkSoftnet(0).state, "good");
  assertEquals(checkSoftnet(undefined).state, "unknown");
  const { state, fix = "" } = checkSoftnet(3);
  assertEquals([state, fix], ["warning", "sudo sysctl -w net.core.netdev_max_backlog=5000"]);
});

Deno.test("an interface's MTU must have room for ten readouts, and its losses are told", () => {
  const losses = { rx_dropped: 0, rx_errors: 4 };
  const checks = checkInterface({ name: "eth1", mtuBytes: 1467, losses });
  assertEquals(checks.map(({ state }) => state), ["warning", "warning"]);
  assertEquals(first(checks).fix, "sudo ip link set dev eth1 mtu 1500");
  assertEquals(last(checks).found, "rx_errors 4");
  const good = checkInterface({ name: "eth1", mtuBytes: 1468, losses: { rx_dropped: 0 } });
  assertEquals(good.map(({ state }) => state), ["good", "good"]);
});

Deno.test("a port is had by who has its number and its address, or all of them", () => {
  const socket = { port: 5555, state: 10, inode: 1, drops: undefined };
  const here = { ...socket, address: "127.0.0.1" };
  const wanted = { name: "publish", protocol: "tcp", port: 5555 } as const;
  assertEquals(holderOf({ ...wanted, hostname: "127.0.0.1" }, [here]), here);
  assertEquals(holderOf({ ...wanted, hostname: "*" }, [here]), here);
  assertEquals(holderOf({ ...wanted, hostname: "127.0.0.101" }, [here]), undefined);
  const every = { ...socket, address: "0.0.0.0" };
  assertEquals(holderOf({ ...wanted, hostname: "127.0.0.101" }, [every]), every);
  assertEquals(holderOf({ ...wanted, hostname: "127.0.0.1", port: 5556 }, [here]), undefined);
  // A connection from such a port is in nobody's way.
  assertEquals(holderOf({ ...wanted, hostname: "*" }, [{ ...here, state: 1 }]), undefined);
});

Deno.test("who has a port is told, with what ends it", () => {
  const wanted = { name: "receive", protocol: "udp", hostname: "0.0.0.0", port: 2009 } as const;
  const holder = { address: "0.0.0.0", port: 2009, state: 7, inode: 1, drops: 0 };
  const owner = { pid: 42, command: "python3 old_daq.py" };
  assertEquals(checkPort(wanted, undefined, undefined, false).state, "good");
  assertEquals(checkPort(wanted, holder, owner, false), {
    ...{ name: "receive udp://0.0.0.0:2009", state: "bad" },
    ...{ found: "process 42 (python3 old_daq.py) uses it", fix: "kill 42, or give another port" },
  });
  assertEquals(checkPort(wanted, holder, owner, true).state, "good");
  assertMatch(
    checkPort(wanted, holder, undefined, false).fix ?? "",
    /^sudo ss -lunp 'sport = 2009'/,
  );
});

Deno.test("an address to bind must be this host's", () => {
  const check = (hostname: string) =>
    checkLocalAddress("publish", hostname, ["127.0.0.1", "10.0.0.7", "fd00::7"], "*");
  for (const good of ["*", "0.0.0.0", "::", "10.0.0.7", "fd00::7", "127.0.0.1"]) {
    assertEquals(check(good).state, "good", good);
  }
  assertEquals(check("10.0.0.8").state, "bad");
  assertEquals(
    check("10.0.0.8").fix,
    "give one of 127.0.0.1, 10.0.0.7, fd00::7, or * for all of them",
  );
  assertEquals(check("fd00::8").state, "bad");
  assertEquals(check("daq").state, "unknown");
});

/** A daemon whose modules were last seen so long ago, s; null for never. */
function daemonOf(lastSeenSeconds: (number | null)[], module: unknown = null): DaemonStatus {
  const ledger = newDaemonLedger();
  const slots = lastSeenSeconds.map((seconds, slot) => ({ slot, lastSeenSeconds: seconds }));
  return { slots, ledger, configuration: { module } } as unknown as DaemonStatus;
}

/** What is said of the modules that send. */
const checkModules = (status: DaemonStatus) => first(checkDaemon(status));

/** What is said of what the daemon lost. */
const checkLosses = (status: DaemonStatus) => nth(checkDaemon(status), 1);

Deno.test("absent modules are bad, with since when; those never heard a warning", () => {
  const silent = checkModules(daemonOf([0.1, 90, null]));
  assertEquals([silent.state, silent.found], [
    "bad",
    "module 1 absent for 90 s; never heard: 2",
  ]);
  const never = checkModules(daemonOf([0.1, 0.2, null]));
  assertEquals([never.state, never.found], ["warning", "never heard: 2"]);
  assertEquals(checkModules(daemonOf([null, null])).state, "warning");
  assertEquals(checkModules(daemonOf([0, 4.9])).state, "good");
});

Deno.test("only modules of the table are waited for", () => {
  const modules = checkModules(daemonOf([0.1, null, 0.2], { slots: 0b101 }));
  assertEquals([modules.state, modules.found], ["good", "all 2 send"]);
});

Deno.test("modules that are not synchronised are named, with how far off they are", () => {
  const status = daemonOf([0.1, 0.1, 0.1]);
  const tell = (offsets: [number, boolean][]) => {
    offsets.forEach(([tackOffsetMs, unsynchronised], slot) =>
      Object.assign(nth(status.slots, slot), { tackOffsetMs, unsynchronised })
    );
    return checkDaemon(status).find(({ name }) => name === "module synchrony");
  };
  assertEquals(tell([]), undefined);
  assertEquals(tell([[0, false], [3, false], [-2, false]])?.state, "good");
  const off = tell([[0, false], [2800, true], [-150_000, true]]);
  assertEquals([off?.state, off?.found], [
    "bad",
    "module 1 is 2.8 s ahead of the camera's TACK; module 2 is 2.5 min behind the camera's TACK",
  ]);
});

Deno.test("what a daemon lost is bad, what it refused a warning", () => {
  const status = daemonOf([0]);
  assertEquals(checkLosses(status).state, "good");
  status.ledger.packets.malformed = 2;
  assertEquals(checkLosses(status).state, "warning");
  status.ledger.packets.kernelDropped = 3;
  const losses = checkLosses(status);
  assertEquals([losses.state, losses.found], [
    "bad",
    "packets.kernelDropped 3, packets.malformed 2",
  ]);
});

Deno.test("what mends a daemon's losses is told by the counters that are above 0", () => {
  const fixOf = (change: (ledger: DaemonStatus["ledger"]) => void) => {
    const status = daemonOf([0]);
    change(status.ledger);
    return checkLosses(status).fix ?? "";
  };
  const log = "the daemon's log shows which packets it refused, and why";
  const all = "ssdaq ctl status shows all counters";
  assertEquals(
    fixOf(({ packets }) => packets.malformed = packets.unknownSource = 1),
    `${log}; ${all}`,
  );
  assertMatch(fixOf(({ readouts }) => readouts.late = 1), /^readouts are late when --window/);
  assertMatch(fixOf(({ packets }) => packets.kernelDropped = 1), /^raise net.core.rmem_max/);
});

Deno.test("modules that all send and are never in one event are not in step", () => {
  const synchronyOf = (complete: number, offsetsMs: (number | null)[], built = 40) => {
    const status = daemonOf([0.1, 0.1]);
    Object.assign(status.ledger.events, { built, complete, partial: built - complete });
    offsetsMs.forEach((tackOffsetMs, slot) =>
      Object.assign(nth(status.slots, slot), { tackOffsetMs, unsynchronised: false })
    );
    return checkDaemon(status).find(({ name }) => name === "module synchrony");
  };
  const split = synchronyOf(0, [0, 50]);
  assertEquals([split?.state, split?.found], [
    "bad",
    "none of 40 events is complete, though all 2 modules send",
  ]);
  assertEquals(synchronyOf(1, [0, 50])?.state, "good");
  assertEquals(synchronyOf(0, [0, null])?.state, "good");
  assertEquals(synchronyOf(0, [0, 50], 39)?.state, "good");
});

Deno.test("events that nobody got in a pause are a warning", () => {
  const status = daemonOf([0]);
  status.ledger.events.paused = 7;
  const losses = checkLosses(status);
  assertEquals([losses.state, losses.found], ["warning", "events.paused 7"]);
});
