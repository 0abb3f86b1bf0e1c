/**
 * Measures the cost of the live view: a camera at its own rate, pages in headless chromium, and the
 * usage of these and of the daemon. It prints one row a minute for each number of pages.
 *
 * `deno task bench-view [--pages N ...] [--duration 1m]`; with `SSDAQ_EXECUTABLE=FILE` it measures
 * that executable.
 *
 * @module
 */

import { type Browser, chromium, type Page } from "playwright-core";
import { readProcessUsage } from "../cli/commands/bench/process_usage.ts";
import { list, withDefault } from "../cli/options/option.ts";
import { duration, integer } from "../cli/options/value.ts";
import { daemonPlaces, SsdaqProcess } from "../cli/process/ssdaq_process.ts";
import { table } from "../cli/terminal/format.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import { formatDuration } from "../lib/text/duration.ts";
import { sleep } from "../lib/time/sleep.ts";
import { taskOptions } from "./task_options.ts";

/** The numbers of pages, by default. */
const USUAL_PAGES = [0, 1, 3];

/** Start-up that is not measured: code is compiled and loaded. */
const WARM_UP_MS = 10_000;

/** The longest time of a row. */
const ROW_MS = 60_000;

const MEBIBYTE = 2 ** 20;

const HEAD = [
  ...["pages", "from", "for", "frames/s a page", "chromium % of a core", "daemon % of a core"],
  ...["page's heap MiB", "renderer MiB", "daemon MiB"],
];

/** The usage until a moment. */
interface Reading {
  atMs: number;
  frames: number;
  browserSeconds: number;
  daemonSeconds: number;
}

const terminal = new Terminal();

/** Shows the camera to a number of pages, and returns the rows of the table. */
async function measure(pages: number, durationMs: number): Promise<string[][]> {
  await using daemon = new SsdaqProcess([
    ...["daemon", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0", "--control", "127.0.0.1:0"],
  ]);
  const { target, control = "" } = await daemonPlaces(daemon);
  await using sim = new SsdaqProcess(["sim", "--target", target, "--scene", "stars"]);
  await sim.says(/modules from/);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    // A page asks for the next frame when it has drawn one.
    let frames = 0;
    const opened = await open(browser, pages, control, () => frames++);
    const read = (): Reading => ({
      atMs: performance.now(),
      frames,
      browserSeconds: sum(browserProcesses().map(cpuSeconds)),
      daemonSeconds: cpuSeconds(daemon.pid),
    });
    await sleep(WARM_UP_MS);
    const start = read();
    const rows: string[][] = [];
    for (let last = start; last.atMs - start.atMs < durationMs;) {
      const leftMs = durationMs - (last.atMs - start.atMs);
      await sleep(Math.min(ROW_MS, leftMs));
      const now = read();
      rows.push([
        ...[`${pages}`, formatDuration(rounded(last.atMs - start.atMs))],
        formatDuration(rounded(now.atMs - last.atMs)),
        ...rates(last, now, pages),
        ...await memory(opened),
        mebibytes(readProcessUsage(daemon.pid)?.residentBytes ?? NaN),
      ]);
      terminal.info(HEAD.map((name, column) => `${name} ${rows.at(-1)?.[column]}`).join(", "));
      last = now;
    }
    return rows;
  } finally {
    await browser.close();
  }
}

async function open(
  browser: Browser,
  pages: number,
  url: string,
  onAsked: () => void,
): Promise<Page[]> {
  const opened: Page[] = [];
  for (let page = 0; page < pages; page++) {
    const context = await browser.newContext({ viewport: { width: 1300, height: 1000 } });
    const page = await context.newPage();
    page.on("websocket", (socket) => socket.on("framesent", onAsked));
    await page.goto(url);
    opened.push(page);
  }
  return opened;
}

function rates(from: Reading, to: Reading, pages: number): string[] {
  const seconds = (to.atMs - from.atMs) / 1000;
  const ofACore = (used: number) => (100 * used / seconds).toFixed(2);
  return [
    pages === 0 ? "-" : ((to.frames - from.frames) / seconds / pages).toFixed(1),
    ofACore(to.browserSeconds - from.browserSeconds),
    ofACore(to.daemonSeconds - from.daemonSeconds),
  ];
}

/** Of the first page: heap in use after a garbage collection, and own memory of its process. */
async function memory([page]: Page[]): Promise<string[]> {
  if (page === undefined) return ["-", "-"];
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devTools.send("Runtime.getHeapUsage");
  await devTools.detach();
  const renderers = browserProcesses().filter((pid) =>
    read(`/proc/${pid}/cmdline`).includes("--type=renderer")
  );
  return [mebibytes(usedSize), mebibytes(Math.max(...renderers.map(proportionalBytes)))];
}

/** All chromium processes below this process. */
function browserProcesses(): number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    const [, parent] =
      /^.*\) \S (\d+)/s.exec(/^\d+$/.test(name) ? read(`/proc/${name}/stat`) : "") ??
        [];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === Deno.pid || isBelow(parent));
  };
  return [...parents.keys()].filter((pid) =>
    isBelow(pid) && read(`/proc/${pid}/cmdline`).includes("chromium")
  );
}

function cpuSeconds(pid: number): number {
  return readProcessUsage(pid)?.cpuSeconds ?? 0;
}

/** Memory of a process; shared memory counts in part. */
function proportionalBytes(pid: number): number {
  const [, kibibytes = "0"] = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? [];
  return Number(kibibytes) * 1024;
}

/** A file of /proc; empty when its process has ended. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function mebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(1);
}

function rounded(ms: number): number {
  return Math.round(ms / 1000) * 1000;
}

async function main(): Promise<number> {
  try {
    const options = {
      pages: list(integer(0, 16), { placeholder: "N", help: "number of open pages [0, 1 and 3]" }),
      duration: withDefault(duration, "1m", { placeholder: "TIME", help: "how long for each" }),
    };
    const { values } = taskOptions({
      name: "bench-view",
      summary: "Measures how much processor time pages of the live view take, in a real browser.",
      options,
      examples: [["--pages 1 --duration 20s", "measures one page, for 20 s"]],
    });
    const rows: string[][] = [];
    for (const pages of values.pages.length === 0 ? USUAL_PAGES : values.pages) {
      rows.push(...await measure(pages, values.duration));
    }
    terminal.print(table([HEAD, ...rows]));
    return 0;
  } catch (error) {
    terminal.error(error);
    return 1;
  }
}

const code = await main();
await terminal.close();
Deno.exit(code);
