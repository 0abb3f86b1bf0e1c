/**
 * Everything that the doctor reads from the host.
 *
 * @module
 */

import { type HostSocket, parseSockets } from "./proc_net.ts";

/** A network interface and its losses. */
export interface HostInterface {
  name: string;
  mtuBytes: number;
  /** Packets that it lost, by the kernel's counter. */
  losses: Record<string, number>;
}

/** A process that has a socket. */
export interface SocketOwner {
  pid: number;
  /** Its command line. */
  command: string;
}

const LOSSES = ["rx_dropped", "rx_errors", "rx_fifo_errors", "rx_missed_errors"];

/**
 * Reads a kernel file; undefined where it does not exist. Deno reads these files only with all
 * permissions, so another program must read them.
 */
export async function readKernelFile(path: string): Promise<string | undefined> {
  return await outputOf("/bin/cat", path);
}

/** Sockets of a protocol, IPv4 and IPv6; undefined where the kernel does not list them. */
export async function hostSockets(protocol: "udp" | "tcp"): Promise<HostSocket[] | undefined> {
  const paths = [protocol, `${protocol}6`].map((name) => `/proc/net/${name}`);
  const tables = (await Promise.all(paths.map(readKernelFile)))
    .filter((table) => table !== undefined);
  return tables.length === 0 ? undefined : tables.flatMap(parseSockets);
}

/** The process that owns a socket; undefined when it belongs to another user. */
export async function socketOwner(inode: number): Promise<SocketOwner | undefined> {
  const search = 'find /proc/[0-9]*/fd -lname "socket:\\[$1\\]" 2>/dev/null | head -n 1';
  const found = await outputOf("/bin/sh", "-c", search, "sh", `${inode}`);
  const [, pid] = /^\/proc\/(\d+)\//.exec(found ?? "") ?? [];
  if (pid === undefined) return undefined;
  const command = await readKernelFile(`/proc/${pid}/cmdline`) ?? "";
  return { pid: Number(pid), command: command.replaceAll("\0", " ").trim() };
}

/** The network interfaces that have an address, without loopback. */
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
  // Other systems than Linux do not have these files.
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
