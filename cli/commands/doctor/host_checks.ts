import { formatByteSize } from "../../../lib/text/byte_size.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import { ROW_BYTES } from "../../../lib/recording/table/columns.ts";
import type { Finding } from "./finding.ts";

/** What the kernel spends on a packet of 1440 bytes that waits in a socket. */
const WAITING_PACKET_BYTES = 2304;

/** A daemon must be able to stand still for so long, as when others need the processors. */
const NEEDED_SECONDS = 1;

/** Room in the kernel for packets that wait, against what was asked for. */
export function checkReceiveBuffer(
  asked: number | undefined,
  granted: number | undefined,
  packetsPerSecond: number,
): Finding {
  const name = "receive buffer";
  if (asked === undefined || granted === undefined) {
    return { name, state: "unknown", found: "the portable socket has no say in it" };
  }
  const seconds = granted / WAITING_PACKET_BYTES / packetsPerSecond;
  const lasts = `lasts ${formatDuration(seconds * 1000)} at ${
    Math.round(packetsPerSecond)
  } packets/s`;
  if (granted >= asked) {
    return { name, state: "good", found: `${formatByteSize(granted)}, ${lasts}` };
  }
  return {
    name,
    state: seconds < NEEDED_SECONDS ? "bad" : "warning",
    found: `${formatByteSize(granted)} of ${formatByteSize(asked)} asked for, ${lasts}`,
    fix: `sudo sysctl -w net.core.rmem_max=${asked}; for good: ` +
      `echo net.core.rmem_max=${asked} | sudo tee /etc/sysctl.d/90-ssdaq.conf`,
  };
}

/** Whether packets can be received in the way that counts what the kernel drops. */
export function checkReceiver(kind: string, why: string | undefined): Finding {
  const name = "receiver";
  if (kind === "recvmmsg") return { name, state: "good", found: "recvmmsg, by FFI" };
  return {
    ...{ name, state: "warning" },
    found: `the portable one, which does not know what the kernel drops${why ? `: ${why}` : ""}`,
    fix: "take Linux with the GNU C library (libc.so.6) for recvmmsg",
  };
}

/** How long the disk of a folder lasts. */
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
      found: "no folder that can be looked into",
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
      `du -xh --max-depth=1 ${folder} | sort -h tells what is large`,
  };
}

/** Whether times of different hosts can be compared. */
export function checkClock(synchronised: boolean | undefined): Finding {
  const name = "clock";
  if (synchronised === undefined) {
    return { name, state: "unknown", found: "this system does not tell" };
  }
  if (synchronised) return { name, state: "good", found: "synchronised" };
  return {
    ...{ name, state: "warning" },
    found: "not synchronised: receive times and run numbers drift",
    fix: "sudo timedatectl set-ntp true, or start chronyd; chronyc tracking tells more",
  };
}

const NEEDED_DESCRIPTORS = 256;
const WANTED_DESCRIPTORS = 1024;

/** Whether there are file descriptors for sockets, files and subscribers. */
export function checkDescriptors(limits: string | undefined): Finding {
  const name = "file descriptors";
  const [, soft] = /^Max open files +(\d+|unlimited)/m.exec(limits ?? "") ?? [];
  if (soft === undefined) return { name, state: "unknown", found: "this system does not tell" };
  const limit = soft === "unlimited" ? Infinity : Number(soft);
  if (limit >= WANTED_DESCRIPTORS) return { name, state: "good", found: soft };
  return {
    name,
    state: limit < NEEDED_DESCRIPTORS ? "bad" : "warning",
    found: `${soft}: each subscriber takes one`,
    fix: "ulimit -n 4096, or LimitNOFILE=4096 in the service's unit",
  };
}
