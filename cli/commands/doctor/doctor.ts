import { freeBytes } from "../../../lib/files/free_bytes.ts";
import { readTokenFile } from "../../../lib/http/token_file.ts";
import { isClockSynchronised } from "../../../lib/linux/clock_state.ts";
import { openPacketSocket } from "../../../lib/receiver/open_packet_socket.ts";
import { SLOTS } from "../../../lib/wire/camera.ts";
import { defineCommand } from "../../command.ts";
import { optionsOf, type Values, withDefault } from "../../options/option.ts";
import { duration, positive } from "../../options/value.ts";
import { count } from "../../terminal/format.ts";
import { daemonOptions } from "../daemon/options.ts";
import { recordOptions } from "../record/options.ts";
import { configuredFolders } from "../run/recorder_arguments.ts";
import { checkDaemon } from "./daemon_checks.ts";
import type { Finding } from "./finding.ts";
import { hostAddresses, hostInterfaces, hostSockets, readKernelFile, socketOwner } from "./host.ts";
import {
  checkClock,
  checkDescriptors,
  checkDisk,
  checkReceiveBuffer,
  checkReceiver,
} from "./host_checks.ts";
import { checkInterface, checkSoftnet, checkUdpDrops } from "./network_checks.ts";
import { checkLocalAddress, checkPort, holderOf, type WantedPort } from "./port_checks.ts";
import { parseSnmp, parseSoftnetDrops } from "./proc_net.ts";
import { askDaemon, hasPort } from "./running_daemon.ts";

/** Readouts that a module sends in one packet. */
const READOUTS_PER_PACKET = 10;

const { listen, publish, control, controlTokenFile, socket } = daemonOptions;

const options = {
  ...optionsOf("daemon", { listen, publish, control, controlTokenFile, socket }),
  ...optionsOf("record", { folder: recordOptions.folder }),
  rate: withDefault(positive, "10", {
    placeholder: "HZ",
    help: "readouts a second of each module that the host must receive",
  }),
  keep: withDefault(duration, "12h", {
    placeholder: "TIME",
    help: "how long the disk space must last",
  }),
};

type DoctorValues = Values<typeof options>;

/** `ssdaq doctor`: would this host lose data? */
export const doctor = defineCommand({
  name: "doctor",
  summary: "check this host for the acquisition, and print how to fix problems",
  usage: "doctor [options]",
  maxOperands: 0,
  hasTable: false,
  options,
  examples: [
    ["ssdaq doctor", "for the daemon and recorders of the configuration"],
    ["ssdaq doctor --rate 1000 --keep 8h", "for a night at 1000 readouts a second"],
    [
      "ssdaq doctor --listen 172.18.0.1:2009 --json",
      "for scripts: the exit code is 1 if data would be lost",
    ],
  ],
  notes: "bad: data would be lost, or the daemon could not start; warning: this may happen;\n" +
    "unknown: this system or this user cannot find out. If a daemon runs, its modules and losses\n" +
    "are checked too. doctor changes nothing: run the commands that it prints yourself.",
  async run({ values, sources }) {
    const folders = configuredFolders(sources, values.config, values.folder);
    const checks = [...await checkHost(values, folders), ...await checkPorts(values)];
    const bad = checks.filter(({ state }) => state === "bad").length;
    return {
      ok: bad === 0,
      data: { command: "doctor", ok: bad === 0, checks },
      text: `${checks.map(findingText).join("\n")}\n${summaryOf(checks)}`,
    };
  },
});

async function checkHost(values: DoctorValues, folders: readonly string[]): Promise<Finding[]> {
  const [limits, softnet] = await Promise.all(
    ["/proc/self/limits", "/proc/net/softnet_stat"].map(readKernelFile),
  );
  return [
    ...await checkReceiving(values),
    ...folders.map((folder) => checkDisk(folder, freeBytes(folder), values.rate, values.keep)),
    checkClock(isClockSynchronised()),
    checkDescriptors(limits),
    checkSoftnet(softnet === undefined ? undefined : parseSoftnetDrops(softnet)),
    ...(await hostInterfaces()).flatMap(checkInterface),
  ];
}

/** Opens a socket like the daemon's, on another port, and checks its buffer. */
async function checkReceiving({ listen, socket: kind, rate }: DoctorValues): Promise<Finding[]> {
  const hostname = listen.hostname.includes(":") ? "::1" : "127.0.0.1";
  const reasons: string[] = [];
  await using socket = openPacketSocket({ hostname, port: 0 }, {
    kind,
    log: ({ text }) => reasons.push(text),
  });
  const { askedReceiveBufferBytes: asked, receiveBufferBytes: granted } = socket;
  return [
    checkReceiver(socket.kind, reasons[0]),
    checkReceiveBuffer(asked, granted, rate * SLOTS / READOUTS_PER_PACKET),
  ];
}

async function checkPorts({ listen, publish, control, ...values }: DoctorValues) {
  const [udp, tcp, snmp] = await Promise.all([
    hostSockets("udp"),
    hostSockets("tcp"),
    readKernelFile("/proc/net/snmp"),
  ]);
  const published = publish.flatMap(({ endpoint }) => {
    const [, hostname, port] = /^tcp:\/\/\[?(.*?)\]?:(\d+)$/.exec(endpoint) ?? [];
    return hostname === undefined ? [] : [{ hostname, port: Number(port) }];
  });
  const wanted: WantedPort[] = [
    { name: "receive", protocol: "udp", ...listen },
    ...published.map((place) => ({ name: "publish", protocol: "tcp", ...place }) as const),
    ...(control === undefined ? [] : [{ name: "control", protocol: "tcp", ...control } as const]),
  ];
  const holders = wanted.map((port) => holderOf(port, (port.protocol === "udp" ? udp : tcp) ?? []));
  const isControlTaken = control !== undefined && holders[holders.length - 1] !== undefined;
  const token = values.controlTokenFile === undefined
    ? undefined
    : readTokenFile("--control-token-file", values.controlTokenFile);
  const { status, finding } = await askDaemon(control, token, isControlTaken);
  const ports = wanted.map(async (port, index) => {
    const holder = holders[index];
    const owner = holder === undefined ? undefined : await socketOwner(holder.inode);
    return checkPort(port, holder, owner, status !== undefined && hasPort(status, port, control));
  });
  const addresses = hostAddresses();
  return [
    checkLocalAddress("receive", listen.hostname, addresses, "0.0.0.0"),
    ...published.map(({ hostname }) => checkLocalAddress("publish", hostname, addresses, "*")),
    ...await Promise.all(ports),
    checkUdpDrops(snmp === undefined ? {} : parseSnmp(snmp, "Udp"), udp ?? [], listen.port),
    finding,
    ...(status === undefined ? [] : checkDaemon(status)),
  ];
}

function findingText({ name, state, found, fix }: Finding): string {
  const mark = state === "bad" ? "BAD" : state;
  return `${mark.padEnd(8)} ${name}: ${found}${fix === undefined ? "" : `\n         -> ${fix}`}`;
}

function summaryOf(checks: readonly Finding[]): string {
  const number = (wanted: string) => checks.filter(({ state }) => state === wanted).length;
  const counts = ["bad", "warning", "unknown"].filter((state) => number(state) > 0)
    .map((state) => `${number(state)} ${state}`);
  const verdict = number("bad") > 0 ? "this host would lose data" : "this host is fit for the job";
  return `${count(checks.length)} checks${
    counts.length > 0 ? `, ${counts.join(", ")}` : ""
  }: ${verdict}`;
}
