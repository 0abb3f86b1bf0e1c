import type { Socket } from "node:net";
import { sleep } from "../../lib/time/sleep.ts";
import { count, type Siege, write } from "./strangers.ts";

/** First byte of a frame, RFC 6455: FIN and operation. */
const CONTINUED = 0x00;
const BINARY = 0x02;
const TEXT_FIN = 0x81;

/** Pages that never read, at most. */
const MAX_PAGES = 200;

/** A masked frame with zeros as its mask. */
function frame(first: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new DataView(new ArrayBuffer(14));
  head.setUint8(0, first);
  head.setUint8(1, 0x80 | 127);
  head.setBigUint64(2, BigInt(payload.length));
  const bytes = new Uint8Array(14 + payload.length);
  bytes.set(new Uint8Array(head.buffer));
  bytes.set(payload, 14);
  return bytes;
}

/** A short text as a frame. */
function word(text: string): Uint8Array<ArrayBuffer> {
  const payload = new TextEncoder().encode(text);
  return Uint8Array.of(TEXT_FIN, 0x80 | payload.length, 0, 0, 0, 0, ...payload);
}

/** An open WebSocket of the live view; undefined when it is refused. */
async function open({ targets, strangers }: Siege): Promise<Socket | undefined> {
  const socket = await strangers.connect(targets.control);
  if (socket === undefined) return undefined;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once(
    "data",
    (data: Uint8Array) => resolve(new TextDecoder().decode(data).startsWith("HTTP/1.1 101")),
  );
  socket.once("close", () => resolve(false));
  socket.write(
    "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
      "Sec-WebSocket-Protocol: ssdaq\r\n\r\n",
  );
  if (await Promise.race([promise, sleep(5000).then(() => false)])) return socket;
  socket.destroy();
  return undefined;
}

/** A message of fragments that has no end. */
export async function endlessMessages(siege: Siege): Promise<void> {
  const { strangers, signal, tally } = siege;
  const piece = new Uint8Array(2 ** 18);
  await strangers.again(5, async () => {
    const socket = await open(siege);
    if (socket === undefined) return;
    count(tally, "opened");
    socket.on("data", () => {});
    let isOpen = await write(socket, frame(BINARY, piece));
    while (isOpen && !signal.aborted) {
      isOpen = await write(socket, frame(CONTINUED, piece));
      count(tally, "bytes", piece.length);
    }
  });
}

/** Pages that ask for frames all the time and never read one. */
export async function unreadPages(siege: Siege): Promise<void> {
  const { strangers, signal, tally } = siege;
  const asking = word("next");
  const ask = async (socket: Socket) => {
    while (!signal.aborted && await write(socket, asking)) {
      count(tally, "asked");
      await sleep(20, signal);
    }
  };
  await strangers.again(5, async () => {
    if (strangers.open >= MAX_PAGES) return;
    const socket = await open(siege);
    if (socket === undefined) return;
    count(tally, "opened");
    socket.pause();
    // It ends with its socket, at the latest with the siege.
    void ask(socket);
  });
}
