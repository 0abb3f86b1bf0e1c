import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import { openPacketSocket } from "../../../../lib/receiver/open_packet_socket.ts";
import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "../../../assert.ts";
import { nth } from "../../../elements.ts";
import { inFolder, namesIn, rowsNow } from "../../../lib/recording/fixtures.ts";
import { waitFor } from "../../../wait_for.ts";
import {
  type DaemonSummary,
  dataOf,
  infoOf,
  type RecordSummary,
  simulate,
} from "../../pipeline.ts";
import { refused } from "../../refused.ts";
import {
  childrenOf,
  DAEMON,
  processOf,
  rowsIn,
  type RunSummary,
  startRun,
} from "../../supervised_run.ts";

Deno.test("run starts a daemon and each recorder, and drains them in that order", () =>
  inFolder(async (folder) => {
    const recorders = ["a", "b"].map((name) => {
      Deno.mkdirSync(`${folder}/${name}`);
      return `[[recorder]]\nname = "${name}"\nfolder = "${folder}/${name}"\n`;
    });
    const { run, target } = await startRun(folder, recorders.join(""), 2);
    await using _run = run;
    await simulate(target, "--readouts", "100", "--speed", "10");
    const { processes }: RunSummary = dataOf(await run.stop("SIGTERM"));
    assertEquals(processes.map(({ name, starts, code }) => [name, starts, code]), [
      ["daemon", 1, 0],
      ["a", 1, 0],
      ["b", 1, 0],
    ]);
    const [daemon, a, b] = processes.map(({ summary }) => summary);
    assertEquals((daemon as DaemonSummary).ledger.events.published, 100);
    for (const recorder of [a, b]) {
      const { stored, missed } = (recorder as RecordSummary).ledger.recorder;
      assertEquals([stored, missed], [100, 0]);
    }
    assertEquals(await rowsIn(`${folder}/a`), 100);
    assertEquals(await rowsIn(`${folder}/b`), 100);
  }));

Deno.test({
  name: "run starts a recorder that was killed again, and it has every event",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const { run, target } = await startRun(folder, `folder = "${folder}"`, 1);
      await using _run = run;
      await simulate(target, "--readouts", "50", "--speed", "10");
      const killed = processOf(run, "record");
      Deno.kill(killed, "SIGKILL");
      await run.says(/record was killed by SIGKILL; it starts again in 1 s/);
      await run.says(/(listening to[^]*){2}/);
      await run.says(/subscriber left[^]*subscriber joined, now 1/);
      const { processes: [daemon, record] }: RunSummary = dataOf(await run.stop());
      assertEquals([daemon.starts, record.starts, record.code], [1, 2, 0]);
      assertEquals(await rowsIn(folder), 50);
    }),
});

Deno.test({
  name: "run starts a daemon that was killed again, and the recorder hears the new one",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      // A port of the test's own, for the daemon to come back to.
      const place = `${folder}/events`;
      const more = `folder = "${folder}"\n[sim]\n`;
      const config = `${folder}/ssdaq.toml`;
      Deno.writeTextFileSync(
        config,
        DAEMON.replace('"tcp://127.0.0.1:0"', `"ipc://${place}"`) + more,
      );
      const startMs = performance.now();
      await using run = new SsdaqProcess(["run", "--config", config, "--json"]);
      await run.says(/subscriber joined, now 1/);
      const killed = processOf(run, "daemon");
      Deno.kill(killed, "SIGKILL");
      await run.says(/daemon was killed by SIGKILL; it starts again in 100 ms/);
      const [, port] = await run.says(/was killed by[^]*receiving on udp:\/\/127\.0\.0\.1:(\d+) /);
      await run.says(/was killed by[^]*subscriber joined, now 1/);
      const livedMs = performance.now() - startMs;
      await simulate(`127.0.0.1:${port}`, "--readouts", "20", "--speed", "10");
      await run.says(/no daemon listened for [\d.]+ m?s before this one: /);
      await run.says(
        /daemon was killed by SIGKILL: the readouts of its open events \(.* last 2 s\) /,
      );
      const { notListeningMs, killedDaemons, processes }: RunSummary = dataOf(await run.stop());
      assertEquals(killedDaemons, 1);
      const [daemon, record] = processes;
      assertEquals([daemon.starts, daemon.code, record.starts, record.code], [2, 0, 1, 0]);
      // Its back-off, and the time that a process takes to start.
      assertGreater(notListeningMs, 100);
      assertLess(notListeningMs, livedMs);
      assertEquals(await rowsIn(folder), 20);
    }),
});

Deno.test("run ends with 2 and the daemon's words when it refuses its configuration", () =>
  inFolder(async (folder) => {
    const config = `${folder}/ssdaq.toml`;
    const token = `${folder}/token`;
    Deno.writeTextFileSync(token, "secret", { mode: 0o644 });
    const control = `control = "127.0.0.1:0"\ncontrol-token-file = "${token}"`;
    Deno.writeTextFileSync(config, DAEMON.replace('control = "127.0.0.1:0"', control));
    const { code, stderr } = await SsdaqProcess.run("run", "--config", config);
    assertEquals(code, 2, stderr);
    assertMatch(stderr, /daemon \| error: --control-token-file .*: others may read it; chmod 600/);
    assertMatch(stderr, /error: daemon ended with exit code 2; see its last log lines\n$/);
    await refused(
      2,
      ["run", "--hang-after", "1s"],
      "--hang-after 1 s: processes report",
      "give 2s",
    );
    await refused(2, ["run", "--config", "/nowhere.toml"], "/nowhere.toml: there is no such file");
  }));

Deno.test("run waits for a port that is taken at start, and tells for how long nobody listened", () =>
  inFolder(async (folder) => {
    const config = `${folder}/ssdaq.toml`;
    const taken = openPacketSocket({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.address;
    Deno.writeTextFileSync(
      config,
      DAEMON.replace("127.0.0.1:0", `127.0.0.1:${port}`) + `folder = "${folder}"`,
    );
    await using run = new SsdaqProcess(["run", "--config", config, "--json"]);
    await run.says(new RegExp(`daemon \\| error: .*${port}.*in use`));
    await run.says(/daemon died \(exit code 1\); it starts again in 200 ms/);
    await taken[Symbol.asyncDispose]();
    await run.says(/daemon \| no daemon listened for [\d.]+ m?s before this one: /);
    await run.says(/record \| listening to/);
    const control = nth(await run.says(/control on (\S+)/), 1);
    const seconds = (await (await fetch(`${control}/status`)).json()).notListeningSeconds;
    const metrics = await (await fetch(`${control}/metrics`)).text();
    assertMatch(metrics, new RegExp(`^ssdaq_not_listening_seconds_total ${seconds}$`, "m"));
    const shown = await SsdaqProcess.run("ctl", "status", "--control", control);
    assertMatch(shown.stdout, /\nno daemon listened for [\d.]+ m?s before this one started\n$/);
    const { notListeningMs, processes: [daemon] }: RunSummary = dataOf(await run.stop());
    assertEquals(daemon.code, 0);
    assertGreater(daemon.starts, 2);
    // Two starts that failed, and what was waited after each.
    assertGreater(notListeningMs, 300);
    const { notListeningSeconds } = daemon.summary as { notListeningSeconds: number };
    assertEquals(
      [seconds, notListeningSeconds].map((each) => Math.round(each * 1000)),
      [notListeningMs, notListeningMs],
    );
  }));

Deno.test({
  name: "run ends without a process that cannot be ended, and says so",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const config = `${folder}/ssdaq.toml`;
      Deno.writeTextFileSync(config, DAEMON + `folder = "${folder}"`);
      await using run = new SsdaqProcess(
        ["run", "--config", config, "--json", "--hang-after", "5s"],
      );
      await run.says(/all are ready/);
      const pid = processOf(run, "record");
      // Whose output somebody still holds has not ended, as one that waits for a disk has not.
      using _held = Deno.openSync(`/proc/${pid}/fd/1`, { write: true });
      Deno.kill(pid, "SIGSTOP");
      await run.says(
        /record was killed, but does not end: is its disk blocked\? ssdaq run waits for it/,
      );
      const { code, stderr, stdout } = await run.stop("SIGTERM");
      assertEquals(code, 1);
      assertMatch(stderr, /record was killed, but does not end: [^\n]*ssdaq run ends without it/);
      const { processes }: RunSummary = JSON.parse(stdout);
      assertEquals(processes.map(({ code }) => code), [0, null]);
    }),
});

Deno.test("run gives a recorder the daemon's token, so that it has what it missed", () =>
  inFolder(async (folder) => {
    const token = `${folder}/token`;
    Deno.writeTextFileSync(token, "a-long-enough-secret", { mode: 0o600 });
    const config = `${folder}/ssdaq.toml`;
    Deno.writeTextFileSync(
      config,
      DAEMON.replace(
        'control = "127.0.0.1:0"',
        `control = "0.0.0.0:0"\ncontrol-token-file = "${token}"`,
      ) +
        `folder = "${folder}"`,
    );
    await using run = new SsdaqProcess(["run", "--config", config, "--json"]);
    const [, port] = await run.says(/receiving on udp:\/\/127\.0\.0\.1:(\d+) /);
    await run.says(/listening to/);
    const killed = processOf(run, "record");
    Deno.kill(killed, "SIGKILL");
    await run.says(/record was killed by SIGKILL/);
    // Nobody hears these.
    await simulate(`127.0.0.1:${port}`, "--readouts", "50", "--speed", "10");
    await run.says(/(listening to[^]*){2}/);
    await waitFor("the events to be fetched", async () => {
      const rows = await Promise.all(namesIn(folder).map((name) => rowsNow(`${folder}/${name}`)));
      return rows.reduce((sum, count) => sum + count, 0) === 50;
    });
    const ended = await run.stop();
    assertEquals(await rowsIn(folder), 50);
    const { processes: [, record] }: RunSummary = dataOf(ended);
    const { stored, missed } = (record.summary as RecordSummary).ledger.recorder;
    assertEquals([stored, missed], [50, 0]);
    assertEquals(/401/.test(ended.stderr), false, ended.stderr);
  }));

Deno.test({
  name: "SIGTERM of run loses nothing that was published, though the recorder is far behind",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const config = `${folder}/ssdaq.toml`;
      Deno.writeTextFileSync(config, DAEMON + `folder = "${folder}"`);
      await using run = new SsdaqProcess(
        ["run", "--config", config, "--json", "--hang-after", "60s"],
      );
      const [, port] = await run.says(/receiving on udp:\/\/127\.0\.0\.1:(\d+) /);
      await run.says(/subscriber joined, now 1[^]*all are ready/);
      // While it stands still, more events come than ZeroMQ keeps for it: the last ones are in the
      // daemon's replay buffer alone, when both are told to end.
      const behind = processOf(run, "record");
      Deno.kill(behind, "SIGSTOP");
      await simulate(`127.0.0.1:${port}`, "--readouts", "14000", "--speed", "300");
      Deno.kill(behind, "SIGCONT");
      const ended = await run.stop("SIGTERM");
      const { processes: [daemon, record] }: RunSummary = dataOf(ended);
      const { published, undelivered } = (daemon.summary as DaemonSummary).ledger.events;
      const { stored, missed, filled } = (record.summary as RecordSummary).ledger.recorder;
      assertEquals([published, stored, missed], [14_000, 14_000, 0]);
      assertGreater(undelivered, 0);
      assertGreater(filled, 500);
      assertMatch(ended.stderr, /daemon \| drained; serving the published events until/);
      assertEquals(await rowsIn(folder), 14_000);
    }),
});

Deno.test({
  name: "when run itself is killed, its processes drain and end",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const { run, target } = await startRun(folder, `folder = "${folder}"`, 1);
      await using _run = run;
      await simulate(target, "--readouts", "20", "--speed", "10");
      const children = [...childrenOf(run.pid).values()].flat();
      assertEquals(children.length, 2);
      Deno.kill(run.pid, "SIGKILL");
      await waitFor("daemon and recorder to end", () => !children.some(isAlive));
      assertEquals(await rowsIn(folder), 20);
      for (const { name } of Deno.readDirSync(folder)) {
        if (name.endsWith(".h5")) assert(!(await infoOf(`${folder}/${name}`)).unclosed);
      }
    }),
});

/** Whether a process runs; one that has ended and waits for its parent does not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}
