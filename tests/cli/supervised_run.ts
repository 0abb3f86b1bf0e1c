import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assert } from "../assert.ts";
import { infoOf } from "./pipeline.ts";

/** What `ssdaq run` prints at its end. */
export interface RunSummary {
  notListeningMs: number;
  killedDaemons: number;
  processes: [daemon: ProcessSummary, recorder: ProcessSummary, ...more: ProcessSummary[]];
}

/** What it prints of a process. */
interface ProcessSummary {
  name: string;
  starts: number;
  code: number | null;
  done: string | null;
  unstored?: number;
  summary: unknown;
}

/** A daemon on free ports of this host, and how its recorders write. */
export const DAEMON = `
[daemon]
listen = "127.0.0.1:0"
publish = "tcp://127.0.0.1:0"
control = "127.0.0.1:0"
[record]
compression = "none"
`;

/** Starts `ssdaq run` with that configuration and more, and waits until its recorders listen. */
export async function startRun(folder: string, more: string, recorders: number) {
  const config = `${folder}/ssdaq.toml`;
  Deno.writeTextFileSync(config, DAEMON + more);
  const run = new SsdaqProcess(["run", "--config", config, "--json"]);
  const [, port] = await run.says(/receiving on udp:\/\/127\.0\.0\.1:(\d+) /);
  await run.says(new RegExp(`subscriber joined, now ${recorders}`));
  await run.says(new RegExp("(listening to[^]*){" + recorders + "}"));
  return { run, target: `127.0.0.1:${port}` };
}

/** Numbers of the processes that another one started, by their command. */
export function childrenOf(pid: number): Map<string, number[]> {
  const children = new Map<string, number[]>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, , parent] = Deno.readTextFileSync(`/proc/${name}/stat`).replace(/^.*\) /, "x ")
        .split(" ");
      if (Number(parent) !== pid) continue;
      const words = Deno.readTextFileSync(`/proc/${name}/cmdline`).split("\0");
      const command = words.find((word) => word === "daemon" || word === "record") ?? "";
      children.set(command, [...children.get(command) ?? [], Number(name)]);
    } catch (error) {
      // It has just ended.
      if (!(error instanceof Deno.errors.NotFound) && !/os error 3/.test(String(error))) {
        throw error;
      }
    }
  }
  return children;
}

/** Number of the daemon or recorder that a run has started. */
export function processOf(run: SsdaqProcess, command: "daemon" | "record"): number {
  const [pid] = childrenOf(run.pid).get(command) ?? [];
  assert(pid !== undefined, `no ${command} runs`);
  return pid;
}

/** Rows of all files in a folder. */
export async function rowsIn(folder: string): Promise<number> {
  let rows = 0;
  for (const { name } of Deno.readDirSync(folder)) {
    if (name.endsWith(".h5")) rows += (await infoOf(`${folder}/${name}`)).rows;
  }
  return rows;
}
