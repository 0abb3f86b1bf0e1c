import { ROW_BYTES } from "../../../lib/recording/table/columns.ts";
import { formatByteSize } from "../../../lib/text/byte_size.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import type { Finding } from "./finding.ts";

/** Memory that the kernel uses for a waiting packet of 1440 bytes. */
const WAITING_PACKET_BYTES = 2304;

/** The daemon may stop for this long, for example when other programs use the processors. */
const NEEDED_SECONDS = 1;

/** Checks the kernel's buffer for waiting packets against the requested size. */
export function checkReceiveBuffer(
  asked: number | undefined,
  granted: number | undefined,
  packetsPerSecond: number,
): Finding {
  const name = "receive buffer";
  if (asked === undefined || granted === undefined) {
    return { name, state: "unknown", found: "the portable socket cannot set it" };
  }
  const seconds = granted / WAITING_PACKET_BYTES / packetsPerSecond;
  const lasts = `enough for ${formatDuration(seconds * 1000)} at ${
    Math.round(packetsPerSecond)
  } packets/s`;
  if (granted >= asked) {
    return { name, state: "good", found: `${formatByteSize(granted)}, ${lasts}` };
  }
  return {
    name,
    state: seconds < NEEDED_SECONDS ? "bad" : "warning",
    found: `${formatByteSize(granted)} of the requested ${formatByteSize(asked)}, ${lasts}`,
    fix: `sudo sysctl -w net.core.rmem_max=${asked}; to keep it after a restart: ` +
      `echo net.core.rmem_max=${asked} | sudo tee /etc/sysctl.d/90-ssdaq.conf`,
  };
}

/** Checks whether the receiver counts the packets that the kernel drops. */
export function checkReceiver(kind: string, why: string | undefined): Finding {
  const name = "receiver";
  if (kind === "recvmmsg") return { name, state: "good", found: "recvmmsg, by FFI" };
  return {
    ...{ name, state: "warning" },
    found: `portable; it does not count the packets that the kernel drops${why ? `: ${why}` : ""}`,
    fix: "use Linux with the GNU C library (libc.so.6) for recvmmsg",
  };
}

/** Checks how long the disk space of a folder lasts. */
export function checkDisk(
  folder: string,
  free: number | undefined,
  eventsPerSecond: number,
  keepMs: number,
): Finding {
  const name = `disk of ${folder}`;
  if (free === undefined) {
    return {
      name,
      state: "bad",
      found: "the folder does not exist or cannot be read",
      fix: `mkdir -p ${folder}`,
    };
  }
  const bytesPerSecond = eventsPerSecond * ROW_BYTES;
  const lasts = formatDuration(free / bytesPerSecond * 1000);
  const found = `${formatByteSize(free)} free, enough for ${lasts} uncompressed at ` +
    `${eventsPerSecond} events/s`;
  if (free >= bytesPerSecond * keepMs / 1000) return { name, state: "good", found };
  return {
    ...{ name, state: "bad", found },
    fix: `make room for ${formatByteSize(bytesPerSecond * keepMs / 1000)}: ` +
      `du -xh --max-depth=1 ${folder} | sort -h shows the largest folders`,
  };
}

/** Checks the clock: the times of several hosts must be comparable. */
export function checkClock(synchronised: boolean | undefined): Finding {
  const name = "clock";
  if (synchronised === undefined) {
    return { name, state: "unknown", found: "this system does not show it" };
  }
  if (synchronised) return { name, state: "good", found: "synchronised" };
  return {
    ...{ name, state: "warning" },
    found: "not synchronised: receive times and run numbers drift",
    fix: "sudo timedatectl set-ntp true, or start chronyd; chronyc tracking shows the state",
  };
}

const NEEDED_DESCRIPTORS = 256;
const WANTED_DESCRIPTORS = 1024;

/** Checks that there are enough file descriptors for sockets, files and subscribers. */
export function checkDescriptors(limits: string | undefined): Finding {
  const name = "file descriptors";
  const [, soft] = /^Max open files +(\d+|unlimited)/m.exec(limits ?? "") ?? [];
  if (soft === undefined) return { name, state: "unknown", found: "this system does not show it" };
  const limit = soft === "unlimited" ? Infinity : Number(soft);
  if (limit >= WANTED_DESCRIPTORS) return { name, state: "good", found: soft };
  return {
    name,
    state: limit < NEEDED_DESCRIPTORS ? "bad" : "warning",
    found: `${soft}: each subscriber needs one`,
    fix: "ulimit -n 4096, or LimitNOFILE=4096 in the unit of the service",
  };
}
