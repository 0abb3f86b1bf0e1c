import { connect, type Socket } from "node:net";

/** Flags of a frame, ZMTP 3.0. */
export const MORE = 1;
const LONG = 2;
const COMMAND = 4;

/** Signature, version 3.0, mechanism NULL. */
export function greeting(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
  bytes.set(new TextEncoder().encode("NULL"), 12);
  return bytes;
}

/** The command READY of a socket type. */
export function ready(type: "SUB" | "PUB"): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(`\x05READY\x0bSocket-Type\0\0\0\x03${type}`);
  return Uint8Array.of(COMMAND, text.length, ...text);
}

/** The head of a long frame. */
export function frameHead(length: number, flags = 0): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(9));
  view.setUint8(0, flags | LONG);
  view.setBigUint64(1, BigInt(length));
  return new Uint8Array(view.buffer);
}

/** A short frame. */
export function frame(body: readonly number[], flags = 0): number[] {
  return [flags, body.length, ...body];
}

/** The messages that subscribe to a topic, and that end it. */
export const subscription = (topic: readonly number[]) => frame([1, ...topic]);
export const cancellation = (topic: readonly number[]) => frame([0, ...topic]);

/** Connections by hand; all are closed at the end. */
export class Strangers implements Disposable {
  readonly sockets: Socket[] = [];

  /** Connects from an address of this host, without waiting. */
  connect(to: { port: number; host: string } | { path: string }, localAddress?: string): Socket {
    const socket = connect({ ...to, ...localAddress && { localAddress } });
    // Whether it is refused, cut off or left waiting is seen elsewhere.
    socket.on("error", () => {});
    socket.setMaxListeners(0);
    this.sockets.push(socket);
    return socket;
  }

  [Symbol.dispose](): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Writes, and resolves when there is room for more; false if the connection is closed. */
export function written(socket: Socket, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.closed) return resolve(false);
    socket.write(bytes, (error) => resolve(error === undefined || error === null));
    socket.once("close", () => resolve(false));
  });
}

/**
 * Shakes hands; what the other side sends is then discarded.
 *
 * @returns whether both sides are ready; false if the connection is closed
 */
export async function shakeHands(socket: Socket, type: "SUB" | "PUB"): Promise<boolean> {
  const done = Promise.withResolvers<boolean>();
  let received: number[] = [];
  const take = (bytes: Uint8Array) => {
    received = [...received, ...bytes.subarray(0, 512)];
    // A peer's greeting, and its READY.
    if (received.length >= 66 && received.length >= 66 + (received[65] ?? 0)) done.resolve(true);
  };
  socket.on("data", take);
  socket.once("close", () => done.resolve(false));
  await written(socket, Uint8Array.of(...greeting(), ...ready(type)));
  const isReady = await done.promise;
  socket.off("data", take);
  socket.resume();
  return isReady;
}
