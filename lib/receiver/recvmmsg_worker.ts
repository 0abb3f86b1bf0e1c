/**
 * The receive thread: takes packets from the kernel into the ring until it is told to stop.
 *
 * It blocks in the kernel, so it gets no messages: the ring carries the request to stop.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { Libc } from "../linux/libc.ts";
import { PacketRing } from "./packet_ring.ts";
import { BatchReceiver, MSG_DONTWAIT, MSG_WAITFORONE } from "./receive_batch.ts";
import { kernelDropped } from "./udp_socket.ts";
import { unixNowMs } from "../time/wall_clock.ts";

/** What the thread is given to start with. */
export interface ReceiveTask {
  fd: number;
  ring: SharedArrayBuffer;
  /** For how long it takes what has arrived when it is to end. */
  drainMs: number;
}

/** What the thread says. */
export type ReceiveNotice = "readable" | "stopped" | { failed: string };

/** How long it waits for room in a full ring before it looks whether it is to stop. */
const ROOM_WAIT_MS = 50;

/** For how long what is not taken is counted; the kernel's buffer is emptied in a part of it. */
const COUNT_MS = 1000;

interface WorkerScope {
  onmessage: ((message: MessageEvent<ReceiveTask>) => void) | null;
  postMessage(notice: ReceiveNotice): void;
  close(): void;
}
const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  try {
    receiveAll(data);
    scope.postMessage("stopped");
  } catch (error) {
    scope.postMessage({ failed: messageOf(error) });
  }
  scope.close();
};

function receiveAll({ fd, ring: memory, drainMs }: ReceiveTask): void {
  using libc = new Libc();
  const ring = new PacketRing(memory);
  const receiver = new BatchReceiver(libc, fd, ring);

  const receive = (flags: number): number => {
    const received = receiver.receive(flags);
    ring.kernelDropped = kernelDropped(libc, fd);
    if (received > 0 && ring.publish(received)) scope.postMessage("readable");
    return received;
  };

  while (!ring.stopping) {
    if (ring.room === 0) ring.waitForRoom(ROOM_WAIT_MS);
    else receive(MSG_WAITFORONE);
  }
  // More may never cease to come: what came after the request to stop is the end.
  const endMs = performance.now() + drainMs;
  for (;;) {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0 || ring.room === 0 && ring.abandoned) break;
    if (ring.room === 0) {
      ring.waitForRoom(Math.min(ROOM_WAIT_MS, leftMs));
      continue;
    }
    const first = ring.headSlot;
    const received = receive(MSG_DONTWAIT);
    if (received === 0 || ring.isAfterStop(first + received - 1, unixNowMs())) return;
  }
  ring.unread = countRest(libc, fd, ring.stopUnixMs);
  ring.kernelDropped = kernelDropped(libc, fd);
}

/** How many datagrams wait in the kernel's buffer that came before the stop; they are lost by this. */
function countRest(libc: Libc, fd: number, stopUnixMs: number): number {
  const discarded = new PacketRing();
  discarded.stop(stopUnixMs);
  const receiver = new BatchReceiver(libc, fd, discarded);
  const endMs = performance.now() + COUNT_MS;
  let count = 0;
  while (performance.now() < endMs) {
    const first = discarded.headSlot;
    const received = receiver.receive(MSG_DONTWAIT);
    if (received === 0) return count;
    for (let slot = first; slot < first + received; slot++) {
      if (discarded.isAfterStop(slot, unixNowMs())) return count;
      count++;
    }
  }
  return count;
}
