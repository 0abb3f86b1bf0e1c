/**
 * The receive thread: takes packets from the kernel into the ring until it is told to stop.
 *
 * It blocks in the kernel, so it gets no messages: the ring carries the request to stop.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { Libc } from "./libc.ts";
import { PacketRing } from "./packet_ring.ts";
import { BatchReceiver, MSG_DONTWAIT, MSG_WAITFORONE } from "./receive_batch.ts";
import { kernelDropped } from "./udp_socket.ts";

/** What the thread is given to start with. */
export interface ReceiveTask {
  fd: number;
  ring: SharedArrayBuffer;
}

/** What the thread says. */
export type ReceiveNotice = "readable" | "stopped" | { failed: string };

/** How long it waits for room in a full ring before it looks whether it is to stop. */
const ROOM_WAIT_MS = 50;

/** At the end, for how long it takes what has arrived: more might never cease to come. */
const DRAIN_MS = 500;

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

function receiveAll({ fd, ring: memory }: ReceiveTask): void {
  using libc = new Libc();
  const ring = new PacketRing(memory);
  const receiver = new BatchReceiver(libc, fd, ring);

  const receive = (flags: number): boolean => {
    if (ring.room === 0) {
      ring.waitForRoom(ROOM_WAIT_MS);
      return true;
    }
    const received = receiver.receive(flags);
    ring.kernelDropped = kernelDropped(libc, fd);
    if (received > 0 && ring.publish(received)) scope.postMessage("readable");
    return received > 0;
  };

  while (!ring.stopping) receive(MSG_WAITFORONE);
  const endMs = performance.now() + DRAIN_MS;
  while (receive(MSG_DONTWAIT) && performance.now() < endMs);
}
