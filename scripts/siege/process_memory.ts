/** The most memory of a process that was resident at any time until now, bytes. */
export function peakBytesOf(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const [, kib] = /^VmHWM:\s*(\d+) kB$/m.exec(status) ?? [];
  return Number(kib) * 1024;
}

/** The number of open descriptors of a process. */
export function descriptorsOf(pid: number): number {
  return Array.from(Deno.readDirSync(`/proc/${pid}/fd`)).length;
}
