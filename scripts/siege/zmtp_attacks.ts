import { createServer, type Socket } from "node:net";
import { sleep } from "../../lib/time/sleep.ts";
import { frameHead, greeting, MORE, ready } from "../../tests/zmtp.ts";
import { count, type Siege, write } from "./strangers.ts";

/** Flag of a command, ZMTP 3.0. */
const COMMAND = 4;

/** Subscribers that never read, at most. */
const MAX_UNREAD = 500;

const TOPIC_BYTES = 26_000_000;

/** A peer of the daemon's publisher after its handshake. */
async function subscriber({ targets, strangers }: Siege): Promise<Socket | undefined> {
  const socket = await strangers.connect(targets.publisher);
  if (socket === undefined) return undefined;
  socket.write(greeting());
  socket.write(ready("SUB"));
  return socket;
}

/** Subscriptions to topics of 26 MB, and to very many short ones. */
export async function topics(siege: Siege): Promise<void> {
  const { strangers, signal, tally } = siege;
  const long = new Uint8Array(2 ** 18).fill(65);
  await strangers.again(2, async () => {
    const socket = await subscriber(siege);
    if (socket === undefined) return;
    socket.on("data", () => {});
    const isLong = strangers.below(2) === 0;
    let isOpen = true;
    if (isLong) {
      isOpen = await write(socket, frameHead(1 + TOPIC_BYTES));
      isOpen &&= await write(socket, Uint8Array.of(1));
      for (let sent = 0; isOpen && sent < TOPIC_BYTES && !signal.aborted; sent += long.length) {
        isOpen = await write(socket, long.subarray(0, Math.min(long.length, TOPIC_BYTES - sent)));
        count(tally, "bytes", long.length);
      }
    }
    for (let batch = 0; isOpen && batch < 200 && !signal.aborted; batch++) {
      const messages = new Uint8Array(1000 * 12);
      for (let at = 0; at < messages.length; at += 12) {
        messages.set([0, 10, batch % 4 === 3 ? 0 : 1, ...strangers.bytes(9)], at);
      }
      isOpen = await write(socket, messages);
      count(tally, "subscriptions", 1000);
      await sleep(5);
    }
    await sleep(2000, signal);
    socket.destroy();
  });
}

/** Subscribers of everything that never read. */
export async function unreadEvents(siege: Siege): Promise<void> {
  const { strangers } = siege;
  await strangers.again(20, async () => {
    if (strangers.open >= MAX_UNREAD) return;
    const socket = await subscriber(siege);
    socket?.write(Uint8Array.of(0, 1, 1));
    socket?.pause();
  });
}

/** Half handshakes, bytes that are not ZMTP, and peers of a wrong kind. */
export async function brokenPeers(siege: Siege): Promise<void> {
  const { targets, strangers } = siege;
  const words = [
    () => greeting().subarray(0, 1 + strangers.below(63)),
    () => strangers.bytes(1 + strangers.below(300)),
    () => Uint8Array.of(...greeting(), ...ready("PUB")),
    () => Uint8Array.of(...greeting(), ...ready("SUB"), ...frameHead(2 ** 40)),
    () => Uint8Array.of(...greeting(), ...frameHead(2 ** 40, COMMAND)),
    () => Uint8Array.of(...greeting(), ...ready("SUB"), ...strangers.bytes(200)),
  ];
  await strangers.again(50, async () => {
    const socket = await strangers.connect(targets.publisher);
    if (socket === undefined) return;
    socket.on("data", () => {});
    socket.write((words[strangers.below(words.length)] as () => Uint8Array)());
    setTimeout(() => socket.destroy(), 500 + strangers.below(20_000));
  });
}

/** Publishes to a listener: a message of 1 GiB, messages of endless parts, and bytes. */
export async function hostilePublisher(
  { targets, strangers, signal, tally }: Siege,
): Promise<void> {
  const piece = new Uint8Array(2 ** 18);
  const parts = new Uint8Array(3 * 4096);
  for (let at = 0; at < parts.length; at += 3) parts.set([MORE, 1, 0], at);
  const endings = [
    async (socket: Socket) => {
      let isOpen = await write(socket, frameHead(2 ** 30));
      for (let sent = 0; isOpen && sent < 2 ** 30 && !signal.aborted; sent += piece.length) {
        isOpen = await write(socket, piece);
        count(tally, "bytes", piece.length);
      }
    },
    async (socket: Socket) => {
      let isOpen = true;
      for (let sent = 0; isOpen && sent < 2 ** 24 && !signal.aborted; sent += parts.length) {
        isOpen = await write(socket, parts);
        count(tally, "parts", parts.length / 3);
      }
    },
    async (socket: Socket) => {
      for (let turn = 0; turn < 200 && !signal.aborted; turn++) {
        const body = strangers.bytes(1 + strangers.below(40_000));
        if (!await write(socket, Uint8Array.of(...frameHead(body.length), ...body))) return;
        count(tally, "messages");
      }
    },
  ];
  let turn = 0;
  const server = createServer((socket) => {
    count(tally, "connected");
    socket.on("error", () => {});
    socket.on("data", () => {});
    const attack = async () => {
      socket.write(greeting());
      socket.write(ready("PUB"));
      await sleep(200, signal);
      await (endings[turn++ % endings.length] as (socket: Socket) => Promise<void>)(socket);
      await sleep(500, signal);
      socket.destroy();
    };
    void attack();
  });
  server.listen(targets.feed, "127.0.0.1");
  await sleep(2 ** 31 - 1, signal);
  server.close();
}
