/** What a process has used until now. */
export interface ProcessUsage {
  /** User and system time, all threads, s. */
  cpuSeconds: number;
  /** Resident memory now. */
  residentBytes: number;
  /** Largest resident memory until now. */
  peakResidentBytes: number;
}

/** Clock ticks in /proc; on every Linux 100 a second. */
const TICKS_PER_SECOND = 100;

/** Reads the usage of a process from /proc; undefined on other systems, or when it has ended. */
export function readProcessUsage(pid: number): ProcessUsage | undefined {
  try {
    // The name may contain spaces: count the fields after it.
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
