import { assert, assertEquals, assertLess } from "../assert.ts";
import { hasProgram } from "../has_program.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { MemoryWatch } from "./memory_watch.ts";
import { infoOf, type RecordSummary, simulate, startDaemon, startSubscriber } from "./pipeline.ts";

const TOKEN = "0123456789abcdef0123";

/** Connections to a port, until they are closed here. Those that are refused do not count. */
async function fill(port: number, count: number, bytes = ""): Promise<Disposable> {
  const connections: Deno.Conn[] = [];
  for (let index = 0; index < count; index++) {
    try {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      connections.push(connection);
      await connection.write(new TextEncoder().encode(bytes));
    } catch {
      // It was closed for another one.
    }
  }
  return {
    [Symbol.dispose]() {
      for (const connection of connections) connection.close();
    },
  };
}

function portOf(url = ""): number {
  return Number(new URL(url).port);
}

async function isWell(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Leaves a running process so many descriptors more than it has open. */
async function leaveDescriptors(pid: number, spare: number): Promise<void> {
  const open = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
  const limit = `--nofile=${open + spare}:${open + spare}`;
  const { success } = await new Deno.Command("prlimit", { args: ["--pid", String(pid), limit] })
    .output();
  assert(success);
}

Deno.test({
  name: "a daemon and a recorder whose control ports take their last descriptors lose no event",
  ignore: Deno.build.os !== "linux" || !hasProgram("prlimit"),
  fn: () =>
    inFolder(async (folder) => {
      const file = `${folder}/run.h5`;
      await using running = await startDaemon();
      await using recorder = await startSubscriber(running, [
        ...["record", file, "--control", "127.0.0.1:0", "--json"],
      ]);
      const [, recorderUrl = ""] = await recorder.says(/control on (http:\S+)/);
      const { control = "" } = running;
      await simulate(running.target, "--readouts", "10", "--speed=max");
      await leaveDescriptors(running.daemon.pid, 20);
      await leaveDescriptors(recorder.pid, 20);
      for (const url of [control, recorderUrl]) {
        for (const bytes of ["", "GET /status HTTP/1.1\r\nHost: 127"]) {
          using _ = await fill(portOf(url), 200, bytes);
          await waitFor(`an answer of ${url}`, () => isWell(url));
        }
      }
      await running.daemon.says(/cannot take a connection: .*open files/);
      await recorder.says(/cannot take a connection: .*open files/);
      await simulate(running.target, "--readouts", "10", "--speed=max");
      await waitFor("all events", async () => {
        const { ledger } = await (await fetch(`${recorderUrl}/status`)).json();
        return ledger.recorder.stored === 20;
      });
      const recorded = await recorder.stop();
      const { ledger } = JSON.parse(recorded.stdout) as RecordSummary;
      assertEquals([recorded.code, ledger.recorder.stored, ledger.recorder.missed], [0, 20, 0]);
      const { rows, unclosed } = await infoOf(file);
      assertEquals([rows, unclosed], [20, false]);
      assertEquals((await running.daemon.stop()).code, 0);
    }),
});

Deno.test("a daemon answers beside pages that send without end, in little memory", async () => {
  await using running = await startDaemon();
  const { control = "", daemon } = running;
  const before = new MemoryWatch(daemon.pid).look();
  using watch = new MemoryWatch(daemon.pid);
  const upgrade = "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n" +
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
  // A binary message of 60 MB, and another of fragments.
  const heads = [[0x82, 0xff, 0, 0, 0, 0, 3, 0x93, 0x87, 0, 0, 0, 0, 0], [
    ...[0x02, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0],
  ]];
  const part = new Uint8Array(2 ** 20);
  await Promise.all(Array.from({ length: 16 }, async (_, page) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: portOf(control) });
    await connection.write(new TextEncoder().encode(upgrade));
    await connection.read(new Uint8Array(4096));
    try {
      const head = Uint8Array.from(heads[page % 2] ?? []);
      await connection.write(head);
      for (let sent = 0; sent < 60; sent++) {
        if (sent > 0 && page % 2 === 1) await connection.write(Uint8Array.of(0, ...head.slice(1)));
        for (let at = 0; at < part.length;) at += await connection.write(part.subarray(at));
      }
    } catch {
      // It was cut off.
    }
  }));
  assert(await isWell(control));
  assertLess(watch.peakBytes - before, 150e6);
});

Deno.test("who guesses tokens gets few refusals, is told once, and does not delay the right one", () =>
  inFolder(async (folder) => {
    const file = `${folder}/token`;
    Deno.writeTextFileSync(file, `${TOKEN}\n`, { mode: 0o600 });
    await using running = await startDaemon("--control-token-file", file);
    const { control = "", daemon } = running;
    const ending = new AbortController();
    let refused = 0;
    const guessing = Array.from({ length: 20 }, async (_, guesser) => {
      while (!ending.signal.aborted) {
        try {
          const answer = await fetch(`${control}/status`, {
            headers: { authorization: `Bearer ${guesser}-is-not-the-token` },
            signal: ending.signal,
          });
          await answer.body?.cancel();
          assertEquals(answer.status, 401);
          refused++;
        } catch (error) {
          if (!ending.signal.aborted) throw error;
        }
      }
    });
    const [line] = await daemon.says(/\S+ \S+ sent a wrong token/);
    assertEquals(line, "this host sent a wrong token");
    await waitFor("some refusals", () => refused >= 25);
    const startMs = performance.now();
    const refusedBefore = refused;
    for (let times = 0; times < 5; times++) {
      const answer = await fetch(`${control}/status`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      assertEquals(answer.status, 200);
      await answer.body?.cancel();
    }
    // Each guesser waits two seconds for each refusal by now.
    const seconds = (performance.now() - startMs) / 1000;
    assertLess(refused - refusedBefore, 20 * (1 + seconds / 2) + 1);
    ending.abort();
    await Promise.all(guessing);
    const { stderr } = await daemon.stop();
    assertEquals(stderr.match(/sent a wrong token/g)?.length, 1);
  }));
