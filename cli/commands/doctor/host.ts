/**
 * Everything that the doctor reads of the host: the only place that touches it.
 *
 * @module
 */

import { type HostSocket, parseSockets } from "./proc_net.ts";

/** What a network interface is and did. */
export interface HostInterface {
  name: string;
  mtuBytes: number;
  /** Packets it could not take, by the kernel's name of the counter. */
  losses: Record<string, number>;
}

/** A process that has a socket. */
export interface SocketOwner {
  pid: number;
  /** What was called, with its arguments. */
  command: string;
}

const LOSSES = ["rx_dropped", "rx_errors", "rx_fifo_errors", "rx_missed_errors"];

/**
 * A file of the kernel's; undefined where there is none, as on other systems. Deno lets nobody with
 * less than all permissions read these, so that others must.
 */
export async function readKernelFile(path: string): Promise<string | undefined> {
  return await outputOf("/bin/cat", path);
}

/** Sockets of a protocol, of both families; undefined where the kernel does not tell. */
export async function hostSockets(protocol: "udp" | "tcp"): Promise<HostSocket[] | undefined> {
  const paths = [protocol, `${protocol}6`].map((name) => `/proc/net/${name}`);
  const tables = (await Promise.all(paths.map(readKernelFile)))
    .filter((table) => table !== undefined);
  return tables.length === 0 ? undefined : tables.flatMap(parseSockets);
}

/** Whose a socket is; undefined when it is another user's, whose processes cannot be looked into. */
export async function socketOwner(inode: number): Promise<SocketOwner | undefined> {
  const search = 'find /proc/[0-9]*/fd -lname "socket:\\[$1\\]" 2>/dev/null | head -n 1';
  const found = await outputOf("/bin/sh", "-c", search, "sh", `${inode}`);
  const [, pid] = /^\/proc\/(\d+)\//.exec(found ?? "") ?? [];
  if (pid === undefined) return undefined;
  const command = await readKernelFile(`/proc/${pid}/cmdline`) ?? "";
  return { pid: Number(pid), command: command.replaceAll("\0", " ").trim() };
}

/** The network's interfaces that have an address, but for loopback. */
export async function hostInterfaces(): Promise<HostInterface[]> {
  const names = new Set(Deno.networkInterfaces().map(({ name }) => name));
  const interfaces = [...names].filter((name) => name !== "lo").map(async (name) => {
    const numberIn = async (file: string) =>
      Number(await readKernelFile(`/sys/class/net/${name}/${file}`));
    const [mtuBytes, losses] = await Promise.all([
      numberIn("mtu"),
      Promise.all(
        LOSSES.map(async (loss) => [loss, await numberIn(`statistics/${loss}`)] as const),
      ),
    ]);
    return { name, mtuBytes, losses: Object.fromEntries(losses) };
  });
  // Elsewhere than on Linux nothing is known of them.
  return (await Promise.all(interfaces)).filter(({ mtuBytes }) => !Number.isNaN(mtuBytes));
}

/** Every address of this host. */
export function hostAddresses(): string[] {
  return Deno.networkInterfaces().map(({ address }) => address);
}

async function outputOf(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const command = new Deno.Command(program, { args, stdin: "null", stderr: "null" });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
