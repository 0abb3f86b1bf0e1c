/**
 * A dashboard of counters: it asks a daemon for its status once a second, and shows every counter
 * with its rate over the last five seconds. When a counter of lost data is not 0, the dashboard marks
 * it with `!` and explains it.
 *
 * Start it beside a simulator (`ssdaq sim --loss 0.01`) and a daemon (`ssdaq daemon`). Ctrl-C ends it:
 *
 *     deno run --allow-net examples/counter_dashboard.ts [--once] [URL]
 *
 * URL is the daemon's control port, http://127.0.0.1:8642 unless you give another one. With `--once`
 * it watches for five seconds, prints what it saw, and ends.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { DAEMON_STATUS, type DaemonStatus } from "@ssdaq/ssdaq/daemon";
import { ControlClient } from "@ssdaq/ssdaq/http";
import { COUNTERS, DAEMON_SECTIONS, LOSS_CAUSES } from "@ssdaq/ssdaq/ledger";

const RATE_SECONDS = 5;

const once = Deno.args.includes("--once");
const [url = "http://127.0.0.1:8642"] = Deno.args.filter((word) => word !== "--once");
const client = new ControlClient(url);
const losses = new Set(LOSS_CAUSES.map(({ label }) => label));

/** A daemon's status, and the time of its answer. */
interface Look {
  status: DaemonStatus;
  seconds: number;
}

/** The last answers, the newest first. */
let looks: Look[] = [];
for (;;) {
  const screen = await nextScreen();
  if (!once) console.log(`\x1b[H\x1b[J${screen}`); // cursor to the top, clear, draw
  else if (looks.length > RATE_SECONDS) {
    console.log(screen);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

/** Asks the daemon, and draws its answer, or why there is none. */
async function nextScreen(): Promise<string> {
  try {
    const status = await client.call("GET", "/status", "an ssdaq daemon", DAEMON_STATUS);
    const look = { status, seconds: performance.now() / 1000 };
    // A daemon that was restarted counts from 0 again.
    const before = looks.filter((each) => each.status.startTime === status.startTime);
    looks = [look, ...before].slice(0, RATE_SECONDS + 1);
    return draw(look, looks.at(-1) ?? look);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!once) return message;
    console.error(message);
    Deno.exit(1);
  }
}

/** All counters as lines, with their rates between two answers. */
function draw({ status, seconds }: Look, before: Look): string {
  const passed = Math.max(seconds - before.seconds, Number.EPSILON);
  const lines = [
    `run ${status.run}, up ${Math.round(status.uptimeSeconds)} s, ` +
    (status.paused ? "publishing is paused" : "publishing"),
  ];
  for (const section of DAEMON_SECTIONS) {
    const counts: Record<string, number> = status.ledger[section];
    const countsBefore: Record<string, number> = before.status.ledger[section];
    for (const [name, words] of Object.entries(COUNTERS[section])) {
      const count = counts[name] ?? 0;
      const rate = (count - (countsBefore[name] ?? 0)) / passed;
      const isLoss = count > 0 && losses.has(`${section} ${name}`);
      lines.push(
        `${isLoss ? "!" : " "} ${section.padEnd(9)} ${name.padEnd(13)} ` +
          `${String(count).padStart(12)} ${rate.toFixed(1).padStart(9)}/s` +
          (isLoss ? `\n    ${words}` : ""),
      );
    }
  }
  return lines.join("\n");
}
