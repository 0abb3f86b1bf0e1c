import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import configuration from "../../../../deno.json" with { type: "json" };
import { assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { simulate } from "../../pipeline.ts";
import { refused } from "../../refused.ts";

/** A socket that only takes packets, so that they are not refused. */
function sink() {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  return { target: `127.0.0.1:${port}`, [Symbol.dispose]: () => socket.close() };
}

Deno.test("--version tells the version, and --help every command", async () => {
  const version = await SsdaqProcess.run("--version");
  const from = `from source, Deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`;
  const stdout = `ssdaq ${configuration.version} (${from})\n`;
  assertEquals(version, { code: 0, stdout, stderr: "" });
  const help = await SsdaqProcess.run("--help");
  assertEquals([help.code, help.stderr], [0, ""]);
  for (const name of ["sim", "daemon", "record", "listen", "info"]) {
    assertMatch(help.stdout, new RegExp(`^  ${name} +\\S`, "m"));
    const own = await SsdaqProcess.run(name, "-h");
    assertStringIncludes(own.stdout, `ssdaq ${name} `);
    assertEquals(await SsdaqProcess.run("help", name), own);
  }
});

Deno.test("sim tells exactly what each module has sent", async () => {
  using to = sink();
  const sent = await simulate(to.target, "--modules", "3", "--duration", "2500ms", "--speed=max");
  // 25 readouts a module at 10 a second: two packets of 10, and one of 5.
  assertEquals([sent.packetsSent, sent.readoutsSent, sent.sendErrors], [9, 75, 0]);
  const counts = { packets: 3, readouts: 25, state: "sending" };
  assertEquals(sent.slots, [
    { slot: 0, address: "127.0.0.101", ...counts },
    { slot: 1, address: "127.0.0.102", ...counts },
    { slot: 2, address: "127.0.0.103", ...counts },
  ]);
});

Deno.test("sim takes its other options", async () => {
  using to = sink();
  const { slots } = await simulate(
    to.target,
    ...["--modules", "1", "--readouts", "7", "--readouts-per-packet", "2", "--rate", "500"],
    ...["--first-address", "127.0.0.7", "--seed", "3", "--byte-order", "little", "--speed", "2"],
  );
  const counts = { packets: 4, readouts: 7, state: "sending" };
  assertEquals(slots, [{ slot: 0, address: "127.0.0.7", ...counts }]);
});

Deno.test("sim prints its summary as a table for people, with the totals", async () => {
  using to = sink();
  const { code, stdout, stderr } = await SsdaqProcess.run(
    ...["sim", "--modules", "2", "--readouts", "1000", "--speed", "max", "--target", to.target],
  );
  assertEquals(code, 0, stderr);
  const [head, first, second, totals = ""] = stdout.split("\n");
  assertEquals(head, "slot      address  packets  readouts");
  assertEquals(first, "0     127.0.0.101      100     1 000");
  assertEquals(second, "1     127.0.0.102      100     1 000");
  assertMatch(
    totals,
    /^sent 2 000 readouts in 200 packets \(288 000 bytes\) in .*; 0 packets could/,
  );
  assertMatch(stderr, /^\S+Z 2 modules from 127\.0\.0\.101 on send to udp:\/\/127\.0\.0\.1:\d+\n$/);
});

Deno.test("sim says what to do when a module's address is not this host's", async () => {
  using to = sink();
  const { code, stdout, stderr } = await SsdaqProcess.run(
    ...["sim", "--first-address", "192.0.2.1", "--readouts", "1", "--target", to.target],
  );
  // It may have it a minute later: no wrong configuration, which is 2.
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /\nerror: cannot send from 192\.0\.2\.1: .* with --first-address\n$/);
});

Deno.test("sim refuses a manifest that it could not write before it sends anything", async () => {
  // They would take a day.
  const args = ["sim", "--readouts", "1000000", "--manifest", "/nowhere/m.json"];
  await refused(1, args, "--manifest: cannot write /nowhere/m.json: the folder does not exist");
});
