import type { Socket } from "node:net";
import { sleep } from "../../lib/time/sleep.ts";
import { count, type Siege, type Targets, write } from "./strangers.ts";

/** Connections that one attack holds at most. */
const MAX_OPEN = 1500;

const PORTS = ["publisher", "control", "recorder"] as const satisfies (keyof Targets)[];

/** Connections from many addresses that say nothing, as many as are taken. */
export async function idleConnections({ targets, strangers }: Siege): Promise<void> {
  let turn = 0;
  await strangers.again(1000, async () => {
    const port = targets[PORTS[turn++ % PORTS.length] as keyof Targets];
    if (strangers.open < MAX_OPEN) await strangers.connect(port);
  });
}

/** The same, all from one address. */
export async function oneAddress({ targets, strangers }: Siege): Promise<void> {
  let turn = 0;
  await strangers.again(1000, async () => {
    const port = targets[PORTS[turn++ % PORTS.length] as keyof Targets];
    if (strangers.open < MAX_OPEN) await strangers.connect(port, "0.1");
  });
}

/** Requests that never end: half a header, or a body that arrives byte by byte. */
export async function halfRequests({ targets, strangers, signal, tally }: Siege): Promise<void> {
  const beginnings = [
    "GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-",
    "POST /pause HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n",
    "G",
  ];
  const drip = async (socket: Socket, beginning: string) => {
    if (!await write(socket, beginning)) return;
    while (!signal.aborted && await write(socket, "a")) {
      count(tally, "bytes");
      await sleep(500, signal);
    }
  };
  let turn = 0;
  await strangers.again(20, async () => {
    if (strangers.open >= MAX_OPEN) return;
    const port = turn % 2 === 0 ? targets.control : targets.recorder;
    const beginning = beginnings[turn++ % beginnings.length] as string;
    const socket = await strangers.connect(port);
    // It ends with its socket, at the latest with the siege.
    if (socket !== undefined) void drip(socket, beginning);
  });
}

/** A proper request, and then silence on the kept connection. */
export async function idleKeepAlive({ targets, strangers, tally }: Siege): Promise<void> {
  await strangers.again(50, async () => {
    if (strangers.open >= MAX_OPEN) return;
    const socket = await strangers.connect(targets.control);
    socket?.on("data", () => count(tally, "answered"));
    socket?.write("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  });
}

/** Bytes that are not HTTP, headers and lines without an end, and smuggled requests. */
export async function malformedRequests({ targets, strangers, tally }: Siege): Promise<void> {
  const host = "Host: 127.0.0.1\r\n";
  const pieces = [
    () => strangers.bytes(1 + strangers.below(4000)),
    () => "GET /" + "a".repeat(100_000) + ` HTTP/1.1\r\n${host}\r\n`,
    () => `GET / HTTP/1.1\r\n${host}` + "X: y\r\n".repeat(20_000) + "\r\n",
    () => `GET / HTTP/1.1\r\n${host}X: ` + "y".repeat(2 ** 20) + "\r\n\r\n",
    () =>
      `POST /x HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    () => `POST /x HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n`,
    () => `GET /healthz HTTP/1.1\r\n${host}\r\n`.repeat(500),
    () => `GET /live HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
  ];
  await strangers.again(40, async () => {
    const socket = await strangers.connect(
      strangers.below(2) === 0 ? targets.control : targets.recorder,
    );
    if (socket === undefined) return;
    socket.on("data", () => count(tally, "answered"));
    await Promise.race([
      write(socket, (pieces[strangers.below(pieces.length)] as () => string | Uint8Array)()),
      sleep(2000),
    ]);
    setTimeout(() => socket.destroy(), 1000);
  });
}

/** Wrong tokens, also short ones, as fast as they are answered. */
export async function wrongTokens({ targets, strangers, signal, tally }: Siege): Promise<void> {
  const guess = async () => {
    while (!signal.aborted) {
      const socket = await strangers.connect(targets.recorder, "0.2");
      if (socket === undefined) {
        await sleep(100, signal);
        continue;
      }
      const ended = new Promise((resolve) => socket.on("close", resolve));
      socket.on("data", (data: Uint8Array) => {
        const status = new TextDecoder().decode(data.subarray(9, 12));
        count(tally, status === "401" ? "denied" : status === "200" ? "GRANTED" : "other");
        ask();
      });
      const ask = () => {
        const token = strangers.below(4) === 0
          ? "a"
          : `${strangers.below(2 ** 32)}-0123456789abcdef`;
        socket.write(
          `GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`,
        );
      };
      ask();
      await Promise.race([ended, sleep(20_000, signal)]);
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: 8 }, guess));
}

/** Large answers that are requested again and again, and never read. */
export async function unreadAnswers({ targets, strangers, signal, tally }: Siege): Promise<void> {
  const status = await fetch(`http://127.0.0.1:${targets.control}/status`, { signal });
  const { run } = JSON.parse((await status.text()).replace(/:(\d{16,})/g, ':"$1"'));
  const paths = [`/events?run=${run}&from=1`, "/metrics", "/status", "/"];
  let turn = 0;
  await strangers.again(30, async () => {
    if (strangers.open >= MAX_OPEN) return;
    const path = paths[turn++ % 2 === 0 ? 0 : strangers.below(paths.length)] as string;
    const socket = await strangers.connect(targets.control);
    if (socket === undefined) return;
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(20));
    count(tally, "asked", 20);
  });
}
