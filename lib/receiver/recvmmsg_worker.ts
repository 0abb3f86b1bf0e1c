/**
 * The receive thread: takes packets from the kernel into the ring until it is told to stop.
 *
 * It blocks in the kernel and cannot get messages, so the request to stop is in the ring.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { Libc } from "../linux/libc.ts";
import { unixNowMs } from "../time/wall_clock.ts";
import { PacketRing } from "./packet_ring.ts";
import { BatchReceiver, MSG_DONTWAIT, MSG_WAITFORONE } from "./receive_batch.ts";
import { kernelDropped } from "./udp_socket.ts";

/** The start message of the thread. */
export interface ReceiveTask {
  fd: number;
  ring: SharedArrayBuffer;
  /** Time limit for taking what has arrived when it ends. */
  drainMs: number;
}

/** A message from the thread. */
export type ReceiveNotice = "readable" | "stopped" | { failed: string };

/** How long it waits for room in a full ring before it checks for a stop. */
const ROOM_WAIT_MS = 50;

/**
 * Time limit for counting what was not taken. Emptying the kernel's buffer takes a fraction of it.
 */
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
  // Packets may never stop arriving. The end is the first packet after the request to stop.
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

/** Counts and drops the datagrams in the kernel's buffer that arrived before the stop. */
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
