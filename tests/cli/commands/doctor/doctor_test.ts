import type { Finding } from "../../../../cli/commands/doctor/finding.ts";
import { selfCommand } from "../../../../cli/process/self.ts";
import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import { assert, assertEquals, assertGreater, assertMatch } from "../../../assert.ts";
import { first } from "../../../elements.ts";
import { inFolder } from "../../../lib/recording/fixtures.ts";
import { waitFor } from "../../../wait_for.ts";
import { simulate, startDaemon } from "../../pipeline.ts";

const isLinux = Deno.build.os === "linux";
const isRoot = Deno.uid() === 0;

/** What the doctor says. */
interface Diagnosis {
  code: number;
  ok: boolean;
  checks: Finding[];
}

/** Where nothing else is, so that only what a test adds is found. */
const QUIET = ["--listen", "127.0.0.1:9", "--publish", "tcp://127.0.0.1:9", "--control", "off"];

/** Asks the doctor, behind the words of a command that changes its surroundings. */
async function diagnose(args: string[], before: string[] = []): Promise<Diagnosis> {
  const self = selfCommand(["doctor", "--json", "--config", "off", ...args]);
  const words = [...before, self.executable, ...self.args];
  const command = new Deno.Command(first(words), { args: words.slice(1) });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  assert(stdout.length > 0, decoder.decode(stderr));
  return { code, ...JSON.parse(decoder.decode(stdout)) };
}

function findingOf({ checks }: Diagnosis, name: string): Finding {
  const finding = checks.find((check) => check.name.startsWith(name));
  assert(
    finding !== undefined,
    `${name} is not among ${checks.map(({ name }) => name).join(", ")}`,
  );
  return finding;
}

/** A socket that nobody reads. */
function unreadSocket(): Disposable & { port: number } {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  return { port, [Symbol.dispose]: () => socket.close() };
}

function linuxTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !isLinux, fn });
}

function rootTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !isLinux || !isRoot, fn });
}

Deno.test("doctor tells people what is checked, line by line, and what it comes to", async () => {
  const { code, stdout, stderr } = await SsdaqProcess.run("doctor", "--config", "off", ...QUIET);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^good {5}receive udp:\/\/127\.0\.0\.1:9: free$/m);
  assertMatch(stdout, /\d+ checks(, \d+ (warning|unknown))*: this host is fit for the job\n$/);
});

linuxTest("a port that another program has is bad, and that program is named", async () => {
  using socket = unreadSocket();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const tcp = `tcp://127.0.0.1:${listener.addr.port}`;
  const diagnosis = await diagnose(
    ["--listen", `127.0.0.1:${socket.port}`, "--publish", tcp, "--control", "off"],
  );
  assertEquals([diagnosis.code, diagnosis.ok], [1, false]);
  for (const name of [`receive udp://127.0.0.1:${socket.port}`, `publish ${tcp}`]) {
    const { state, found, fix } = findingOf(diagnosis, name);
    assertEquals(state, "bad");
    assert(found.startsWith(`process ${Deno.pid} (`), found);
    assertEquals(fix, `kill ${Deno.pid}, or give another port`);
  }
});

linuxTest("the ports of a daemon that runs are its own, and it is asked how it is", async () => {
  await using running = await startDaemon();
  const { target, endpoint, control = "" } = running;
  const addresses = ["--publish", endpoint, "--control", control.replace("http://", "")];
  const places = ["--listen", target, ...addresses];
  const silent = await diagnose(places);
  assertEquals(silent.code, 0);
  for (const name of [`receive udp://${target}`, `publish ${endpoint}`, "control tcp://"]) {
    const { state, found } = findingOf(silent, name);
    assertEquals([state, found.startsWith("the running daemon uses it, process")], ["good", true]);
  }
  assertEquals(findingOf(silent, "daemon").state, "good");
  assertEquals(findingOf(silent, "modules").found, "no module has sent anything yet");

  await simulate(target, "--modules", "2", "--readouts", "20", "--speed", "max");
  await waitFor("modules to be absent", async () => {
    return findingOf(await diagnose(places), "modules").state === "bad";
  });
  const { found } = findingOf(await diagnose(places), "modules");
  assertMatch(
    found,
    /^module 0 absent for [\d.]+ s; module 1 absent for [\d.]+ s; never heard: 2, /,
  );
});

Deno.test("a daemon that is paused is a warning that says how to go on", async () => {
  await using running = await startDaemon();
  const { target, endpoint, control = "" } = running;
  assertEquals((await SsdaqProcess.run("ctl", "pause", "--control", control)).code, 0);
  const address = control.replace("http://", "");
  const places = ["--listen", target, "--publish", endpoint, "--control", address];
  const { state, found, fix } = findingOf(await diagnose(places), "daemon");
  assertEquals(state, "warning");
  assertMatch(found, /, PAUSED: it has not published 0 events until now$/);
  assertEquals(fix, `ssdaq ctl resume --control ${control}`);
  assertEquals((await SsdaqProcess.run(...(fix ?? "").split(" ").slice(1))).code, 0);
  assertEquals(findingOf(await diagnose(places), "daemon").state, "good");
});

Deno.test("a daemon that does not answer the doctor is a warning that says why", async () => {
  await inFolder(async (folder) => {
    const tokenFile = `${folder}/token`;
    await Deno.writeTextFile(tokenFile, "0123456789abcdef0123456789abcdef\n", { mode: 0o600 });
    await using running = await startDaemon("--control-token-file", tokenFile);
    const { target, endpoint, control = "" } = running;
    const places = ["--listen", target, "--publish", endpoint];
    places.push("--control", control.replace("http://", ""));
    const stranger = findingOf(await diagnose(places), "daemon");
    assertEquals(stranger.state, "warning");
    assertMatch(stranger.fix ?? "", /its token with --control-token-file/);
    const friend = await diagnose([...places, "--control-token-file", tokenFile]);
    assertEquals(findingOf(friend, "daemon").state, "good");
  });
});

Deno.test("addresses that are not this host's are bad", async () => {
  const diagnosis = await diagnose(
    ["--listen", "192.0.2.7:9", "--publish", "tcp://192.0.2.7:9", "--control", "off"],
  );
  assertEquals(diagnosis.code, 1);
  for (const name of ["receive address", "publish address"]) {
    const { state, fix = "" } = findingOf(diagnosis, name);
    assertEquals(state, "bad");
    assertMatch(fix, /^give one of .*127\.0\.0\.1.* for all of them$/);
  }
});

rootTest("a receive buffer that the kernel does not grant is bad at a high rate", async () => {
  const rmemMax = Number(await Deno.readTextFile("/proc/sys/net/core/rmem_max"));
  assert(rmemMax < 32 * 2 ** 20, "this host grants everybody what is asked for");
  const args = [...QUIET, "--rate", "1000000", "--keep", "1ms"];
  assertEquals(findingOf(await diagnose(args), "receive buffer").state, "good");
  const without = ["setpriv", "--inh-caps=-net_admin", "--bounding-set=-net_admin"];
  const diagnosis = await diagnose(args, without);
  assertEquals(diagnosis.code, 1);
  const { state, found, fix = "" } = findingOf(diagnosis, "receive buffer");
  assertEquals(state, "bad");
  assertMatch(found, /of the requested 32\.0 MiB, enough for [\d.]+ ms at 3200000 packets\/s$/);
  assertMatch(fix, /^sudo sysctl -w net\.core\.rmem_max=33554432;/);
});

Deno.test("a socket that does not count drops is a warning", async () => {
  const diagnosis = await diagnose([...QUIET, "--socket", "portable"]);
  assertEquals(findingOf(diagnosis, "receiver").state, "warning");
  assertEquals(findingOf(diagnosis, "receive buffer").state, "unknown");
});

linuxTest("datagrams that the kernel dropped at the port are bad", async () => {
  using socket = unreadSocket();
  const { port } = socket;
  await simulate(`127.0.0.1:${port}`, "--readouts", "20000", "--speed", "max");
  const diagnosis = await diagnose(
    ["--listen", `127.0.0.1:${port}`, "--publish", "tcp://127.0.0.1:9", "--control", "off"],
  );
  const { state, found } = findingOf(diagnosis, "kernel's UDP drops");
  assertEquals(state, "bad");
  const [, drops] = /^(\d+) datagrams to port \d+ were dropped$/.exec(found) ?? [];
  assertGreater(Number(drops), 0, found);
});

Deno.test("a disk that is full too soon is bad, and so is a folder that is none", async () => {
  await inFolder(async (folder) => {
    const full = await diagnose([
      ...QUIET,
      "--folder",
      folder,
      "--rate",
      "1000000",
      "--keep",
      "9d",
    ]);
    assertEquals([full.code, findingOf(full, `disk of ${folder}`).state], [1, "bad"]);
    const none = await diagnose([...QUIET, "--folder", `${folder}/none`]);
    assertEquals(none.code, 1);
    assertEquals(findingOf(none, "disk of").fix, `mkdir -p ${folder}/none`);
    assertEquals((await diagnose([...QUIET, "--folder", folder])).code, 0);
  });
});

linuxTest("every folder that the configuration records to is checked", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/a`);
    const config = `${folder}/ssdaq.toml`;
    await Deno.writeTextFile(
      config,
      `[[recorder]]\nfolder = "${folder}/a"\n[[recorder]]\nfolder = "${folder}/b"\n`,
    );
    const diagnosis = await diagnose([...QUIET, "--config", config]);
    assertEquals(findingOf(diagnosis, `disk of ${folder}/a`).state, "good");
    assertEquals(findingOf(diagnosis, `disk of ${folder}/b`).state, "bad");
  });
});

linuxTest("too few file descriptors are bad", async () => {
  const diagnosis = await diagnose(QUIET, ["prlimit", "--nofile=100:100"]);
  const { state, found } = findingOf(diagnosis, "file descriptors");
  assertEquals([diagnosis.code, state, found], [1, "bad", "100: each subscriber needs one"]);
});

rootTest("an interface whose packets are too small is a warning", async () => {
  // /sys shows the interfaces of who mounted it.
  const script = "mount -t sysfs none /sys && ip link set lo up && " +
    "ip link add camera0 mtu 1400 type veth peer name other0 && ip link set other0 up && " +
    'ip address add 172.18.0.1/24 dev camera0 && ip link set camera0 up && exec "$@"';
  const host = ["unshare", "--net", "--mount", "sh", "-c", script, "sh"];
  const diagnosis = await diagnose(QUIET, host);
  const { state, fix } = findingOf(diagnosis, "camera0: MTU");
  assertEquals([state, fix], ["warning", "sudo ip link set dev camera0 mtu 1500"]);
  assertEquals(findingOf(diagnosis, "camera0: losses").state, "good");
});
