import { Publisher as Socket } from "zeromq";
import { daemonPlaces, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { encodeEvent } from "../../lib/wire/event.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { inFolder, makeEvent } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { complaintOf, refused } from "./refused.ts";

/** An address for documentation (RFC 5737): no host has it. */
const NOWHERE = "192.0.2.1";
const ANY = "127.0.0.1:0";
/** The control port is not what these are about, but for one. */
const DAEMON = ["daemon", "--control", "off"];

Deno.test("daemon says what to do when its ports are in use", async () => {
  await using first = new SsdaqProcess([...DAEMON, "-l", ANY, "-p", ANY]);
  const { target, endpoint } = await daemonPlaces(first);
  await refused(
    1,
    [...DAEMON, "-l", target, "-p", ANY],
    `cannot bind udp://${target}: address in use; is another ssdaq daemon running?`,
    "-l",
  );
  await refused(
    1,
    [...DAEMON, "-l", ANY, "-p", endpoint],
    `cannot publish on ${endpoint}: address in use; is another ssdaq daemon running?`,
    "-p",
  );
  for (const kind of ["portable", "auto"]) {
    await refused(1, [...DAEMON, "-l", target, "-p", ANY, "--socket", kind], "address in use");
  }
});

Deno.test("a control port in use, or of an address that is not up yet, is no wrong configuration", async () => {
  await using first = new SsdaqProcess(["daemon", "-l", ANY, "-p", ANY, "--control", ANY]);
  const { control = "" } = await daemonPlaces(first);
  const daemon = ["daemon", "-l", ANY, "-p", ANY, "--control"];
  await refused(1, [...daemon, control.slice("http://".length)], "address in use; is another");
  await inFolder(async (folder) => {
    const token = `${folder}/token`;
    const args = [...daemon, `${NOWHERE}:0`, "--control-token-file", token];
    await refused(1, args, `--control-token-file ${token}`);
    Deno.writeTextFileSync(token, "a-long-enough-secret", { mode: 0o600 });
    await refused(1, args, `cannot serve on ${NOWHERE}:0: this host has no such address`);
    Deno.chmodSync(token, 0o644);
    await refused(2, args, `${token}: others may read it; chmod 600`);
  });
});

Deno.test("daemon says what to do when an address is not this host's", async () => {
  await refused(
    1,
    [...DAEMON, "-l", `${NOWHERE}:2009`, "-p", ANY],
    `cannot bind udp://${NOWHERE}:2009: this host has no such address`,
    "or listen on 0.0.0.0",
  );
  await refused(
    1,
    [...DAEMON, "-l", ANY, "-p", `${NOWHERE}:5555`],
    `cannot publish on tcp://${NOWHERE}:5555: this host has no such address`,
    "tcp://*:PORT",
  );
});

Deno.test("what is no address is refused with an example of one", async () => {
  await refused(2, ["daemon", "-l", "70000"], "--listen 70000: not an address; give PORT or HOST");
  await refused(2, ["daemon", "-p", "udp://1.2.3.4:5"], "--publish udp://1.2.3.4:5: not an endp");
  await refused(2, ["record", "-e", "daq"], "--endpoint daq: not an endpoint; give PORT or tcp:");
  await refused(2, ["sim", "--target", NOWHERE], `--target ${NOWHERE}: not an address; give PORT`);
});

Deno.test("record that cannot go on fails with 1 and the reason", () =>
  inFolder(async (folder) => {
    const data = `${folder}/data`;
    await Deno.mkdir(data);
    const socket = new Socket({ linger: 0 });
    await socket.bind("tcp://127.0.0.1:*");
    await using record = new SsdaqProcess(
      ["record", "--folder", data, "-e", socket.lastEndpoint ?? ""],
    );
    await record.says(/connected to/);
    await Deno.remove(data);
    let ended = false;
    void record.ended.then(() => ended = true);
    await waitFor("record to fail", async () => {
      await socket.send(encodeEvent(makeEvent(1), "event"));
      return ended;
    });
    socket.close();
    const { code, stdout, stderr } = await record.ended;
    assertEquals(code, 1, stderr);
    assertMatch(stdout, /stored 0 {2}duplicate \d+ {2}unstored \d+ .*\nthe account closes\n$/);
    assertMatch(complaintOf(stderr), new RegExp(`^error: cannot create .*${data}`));
  }));
