import { selfCommand } from "../../cli/process/self.ts";
import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import type { DaemonLedger } from "../../lib/ledger/ledger.ts";
import { assert, assertEquals, assertGreater, assertStringIncludes } from "../assert.ts";
import { first, only } from "../elements.ts";
import { inFolder, readNumbers, rowsNow } from "../lib/recording/fixtures.ts";
import { DEADLINE_MS, waitFor } from "../wait_for.ts";
import { EventFeed } from "./event_feed.ts";
import { HAS_TERMINAL } from "./in_terminal.ts";
import { LostLog } from "./lost_log.ts";
import {
  type DaemonSummary,
  infoOf,
  type RecordSummary,
  simulate,
  startDaemon,
} from "./pipeline.ts";
import { CAN_MOUNT, fillDisk, onSmallDisk } from "./small_disk.ts";

const DAEMON = ["daemon", "-l", "127.0.0.1:0", "-p", "127.0.0.1:0", "--json"];
DAEMON.push("--control", "127.0.0.1:0", "--deadline", "100ms");

/** What an account says of the log. */
interface Logged {
  droppedLogLines: number;
}

function read<Data>(path: string): Data {
  return JSON.parse(Deno.readTextFileSync(path));
}

/** What a file holds so far; nothing where there is none yet. */
function textIn(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function lostLogTest(name: string, fn: (folder: string) => Promise<void>): void {
  Deno.test({ name, ignore: !HAS_TERMINAL, fn: () => inFolder(fn) });
}

interface Places {
  target: string;
  endpoint: string;
  control: string;
}

/** Where a daemon is, once its log says so. */
async function placesIn(log: () => string): Promise<Places> {
  const find = (pattern: RegExp) => pattern.exec(log())?.[1];
  await waitFor("where the daemon is", () => find(/publishing run \d+ on (\S+)/) !== undefined);
  const [target, endpoint, control] = [
    find(/receiving on udp:\/\/(\S+)/),
    find(/publishing run \d+ on (\S+)/),
    find(/control on (\S+)/),
  ];
  assert(target !== undefined && endpoint !== undefined && control !== undefined, log());
  return { target, endpoint, control };
}

/** Asks a control port; it must answer. */
async function statusOf<Status>(control: string): Promise<Status> {
  const answer = await fetch(`${control}/status`, { signal: AbortSignal.timeout(DEADLINE_MS) });
  return await answer.json();
}

/** Waits until a daemon's receive thread runs: at its start Deno itself may write to the terminal. */
async function isReceiving(target: string, control: string): Promise<void> {
  const [hostname = "", port] = target.split(":");
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await socket.send(new Uint8Array(1), { transport: "udp", hostname, port: Number(port) });
  socket.close();
  await waitFor("a packet", async () => {
    return (await statusOf<{ ledger: DaemonLedger }>(control)).ledger.packets.received === 1;
  });
}

/** Waits until a daemon has so many subscribers. */
async function hasSubscribers(control: string, count: number): Promise<void> {
  await waitFor(`${count} subscribers`, async () => {
    const { publish } = await statusOf<{ publish: { subscribers: number }[] }>(control);
    return only(publish).subscribers === count;
  });
}

for (const out of ["a file", "the terminal"]) {
  lostLogTest(
    `record with stdout on ${out} closes its file and ends well when its terminal is closed`,
    async (folder) => {
      await using feed = await EventFeed.start(50);
      const [file, printed] = [`${folder}/a.h5`, `${folder}/out.json`];
      await using record = new LostLog("terminal", out === "a file" ? printed : "-", [
        ...["record", file, "-e", feed.endpoint, "--json"],
      ]);
      await record.shows(/\d\d events, \d/);
      await record.does("close");
      assertEquals(await record.ended(), 0);
      const { rows, unclosed } = await infoOf(file);
      assertEquals(unclosed, false);
      const numbers = await readNumbers(file);
      assertGreater(rows, 9);
      assertEquals(numbers, numbers.map((_, index) => first(numbers) + index));
      if (out !== "a file") return;
      const { ledger, brokenIdentities } = read<RecordSummary>(printed);
      assertEquals([ledger.recorder.stored, brokenIdentities], [rows, []]);
    },
  );

  lostLogTest(
    `a daemon with stdout on ${out} drains and ends well when its terminal is closed`,
    async (folder) => {
      const printed = `${folder}/out.json`;
      await using daemon = new LostLog("terminal", out === "a file" ? printed : "-", DAEMON);
      const { target, endpoint } = await placesIn(() => daemon.shown);
      await using listen = new SsdaqProcess(["listen", "-e", endpoint, "--events", "20"]);
      await daemon.shows(/subscriber joined/);
      await simulate(target, "--readouts", "20", "--speed=max");
      assertEquals((await listen.ended).code, 0);
      await daemon.does("close");
      assertEquals(await daemon.ended(), 0);
      if (out !== "a file") return;
      const { ledger: { events }, brokenIdentities } = read<DaemonSummary>(printed);
      assertEquals([events.built, events.published, brokenIdentities], [20, 20, []]);
    },
  );

  lostLogTest(
    `a daemon with stdout on ${out} goes on in a terminal that is stopped, and ends`,
    async (folder) => {
      const printed = `${folder}/out.json`;
      await using daemon = new LostLog("terminal", out === "a file" ? printed : "-", DAEMON);
      const { target, endpoint, control } = await placesIn(() => daemon.shown);
      await isReceiving(target, control);
      await daemon.does("stop");
      // Several status lines are drawn meanwhile.
      await waitFor("three seconds of its life", async () => {
        return (await statusOf<{ uptimeSeconds: number }>(control)).uptimeSeconds > 3;
      });
      await using listen = new SsdaqProcess(["listen", "-e", endpoint, "--events", "20"]);
      await hasSubscribers(control, 1);
      await simulate(target, "--readouts", "20", "--speed=max");
      assertEquals((await listen.ended).code, 0);
      // To one that is there it would go on delivering.
      await hasSubscribers(control, 0);
      await daemon.does("term");
      assertEquals(await daemon.ended(), 0);
      if (out !== "a file") return;
      const { ledger: { events }, brokenIdentities, droppedLogLines } = read<
        DaemonSummary & Logged
      >(printed);
      assertEquals([events.built, events.published, brokenIdentities], [20, 20, []]);
      assertGreater(droppedLogLines, 0);
    },
  );
}

lostLogTest("top ends well when its terminal is closed", async (folder) => {
  const log = `${folder}/a.log`;
  await using running = await startDaemon();
  const { control = "" } = running;
  await using top = new LostLog("terminal", "-", ["top", "--control", control, "--log-file", log]);
  await top.shows(/no module has sent anything/);
  await top.does("close");
  assertEquals(await top.ended(), 0);
  assertEquals(/error/.exec(Deno.readTextFileSync(log)), null);
});

lostLogTest("a log that is read again has all that waited for it", async (folder) => {
  const log = `${folder}/a.log`;
  await using daemon = new LostLog("pipe", "-", [...DAEMON, "--log-file", log]);
  const { control } = await placesIn(() => textIn(log));
  await statusOf(control);
  assertEquals(daemon.shown, "");
  await daemon.does("go");
  await daemon.shows(/receiving on .*\n.*control on .*\n.*publishing run /);
  await daemon.does("term");
  assertEquals(await daemon.ended(), 0);
  assertStringIncludes(daemon.shown, "stopping");
});

lostLogTest("a log that is never read keeps no daemon from its end", async (folder) => {
  const [log, printed] = [`${folder}/a.log`, `${folder}/out.json`];
  await using daemon = new LostLog("pipe", printed, [...DAEMON, "--log-file", log]);
  await placesIn(() => textIn(log));
  await daemon.does("term");
  assertEquals(await daemon.ended(), 0);
  const lines = Deno.readTextFileSync(log).trim().split("\n").length;
  assertEquals(read<Logged>(printed).droppedLogLines, lines);
});

Deno.test({
  name: `a full disk under stderr and log file stops neither daemon nor recorder` +
    (CAN_MOUNT ? "" : " (skipped: may not mount)"),
  ignore: !CAN_MOUNT,
  fn: () =>
    onSmallDisk("64k", (disk) =>
      inFolder(async (folder) => {
        const [errors, log] = [`${disk}/stderr`, `${disk}/a.log`];
        const start = (out: string, args: readonly string[]) => {
          const self = selfCommand([...args, "--log-file", log]);
          return new Deno.Command("sh", {
            args: ["-c", `exec "$0" "$@" >${out} 2>>${errors}`, self.executable, ...self.args],
          }).spawn();
        };
        await using daemon = start(`${folder}/daemon.json`, DAEMON);
        const { target, endpoint, control } = await placesIn(() => textIn(errors));
        // Files that are there have room in their last page.
        for (const path of [`${disk}/filler`, errors, log]) fillDisk(path);
        const file = `${folder}/a.h5`;
        await using record = start(`${folder}/record.json`, [
          ...["record", file, "-e", endpoint, "--json"],
        ]);
        await hasSubscribers(control, 1);
        await simulate(target, "--readouts", "20", "--speed=max");
        await waitFor("rows", async () => await rowsNow(file) === 20);
        for (const process of [record, daemon]) {
          process.kill("SIGTERM");
          assertEquals((await process.status).code, 0);
        }
        assertEquals(read<RecordSummary>(`${folder}/record.json`).ledger.recorder.stored, 20);
        const { droppedLogLines, ledger } = read<DaemonSummary & Logged>(`${folder}/daemon.json`);
        assertEquals(ledger.events.published, 20);
        // A subscriber joined, and it stops: on stderr and in the file.
        assertGreater(droppedLogLines, 3);
      })),
});
