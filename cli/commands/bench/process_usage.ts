/** What a process has used so far. */
export interface ProcessUsage {
  /** User and system time, all threads, s. */
  cpuSeconds: number;
  /** Memory that is resident now. */
  residentBytes: number;
  /** The most that ever was. */
  peakResidentBytes: number;
}

/** Ticks of the clock that /proc counts in; the kernel reports 100 a second everywhere. */
const TICKS_PER_SECOND = 100;

/** Reads a process's usage from /proc; undefined elsewhere than on Linux, or when it is gone. */
export function readProcessUsage(pid: number): ProcessUsage | undefined {
  try {
    // Fields are counted from behind the name, which may hold blanks.
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ");
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const bytes = (key: string) => {
      const [, kibibytes = "0"] = new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
      return Number(kibibytes) * 1024;
    };
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      residentBytes: bytes("VmRSS"),
      peakResidentBytes: bytes("VmHWM"),
    };
  } catch {
    return undefined;
  }
}
