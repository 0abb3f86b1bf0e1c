import { Buffer } from "node:buffer";
import type { PageSocket } from "../../../lib/http/page_socket.ts";
import type { WebSocketRoute } from "../../../lib/http/web_socket_route.ts";
import { ControlServer } from "../../../lib/http/server.ts";
import { WebSocketDoor } from "../../../lib/http/web_socket_door.ts";
import { assert, assertEquals, assertLess } from "../../assert.ts";
import { first } from "../../elements.ts";
import { waitFor } from "../../wait_for.ts";

/** A server that opens WebSockets, and a client that sends frames as bytes. */
async function connect() {
  const opened: PageSocket[] = [];
  const route: WebSocketRoute = {
    ...{ door: new WebSocketDoor("ssdaq"), maxOpen: 4, refuse: () => undefined },
    open: (socket) => opened.push(socket),
  };
  const server = ControlServer.start({
    address: { hostname: "127.0.0.1", port: 0 },
    routes: [{
      ...{ method: "GET", path: "/live", webSocket: route, handle: () => new Response("plain") },
    }],
  });
  const port = Number(new URL(server.url).port);
  const client = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n` +
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
  await client.write(new TextEncoder().encode(head));
  await waitFor("a WebSocket", () => opened.length === 1);
  const socket = first(opened);
  let messages = 0;
  let isClosed = false;
  socket.onMessage = () => messages++;
  socket.onClose = () => isClosed = true;
  const received: number[] = [];
  return {
    server,
    socket,
    client,
    messages: () => messages,
    isClosed: () => isClosed,
    /** Sends a frame: its first byte, and its data. @returns whether the server took it */
    async frame(start: number, data: Uint8Array): Promise<boolean> {
      // Masked with zeros; a long one has a length of 64 bits.
      const isShort = data.length < 126;
      const header = new DataView(new ArrayBuffer(isShort ? 6 : 14));
      header.setUint8(0, start);
      header.setUint8(1, 0x80 | (isShort ? data.length : 127));
      if (!isShort) header.setBigUint64(2, BigInt(data.length));
      const bytes = Buffer.concat([new Uint8Array(header.buffer), data]);
      try {
        for (let at = 0; at < bytes.length;) at += await client.write(bytes.subarray(at));
        return true;
      } catch {
        return false;
      }
    },
    /** Reads all that comes until the server closes; the code of its close frame, if there is one. */
    async closeCode(): Promise<number | undefined> {
      const buffer = new Uint8Array(65_536);
      try {
        for (let read; (read = await client.read(buffer)) !== null;) {
          received.push(...buffer.subarray(0, read));
        }
      } catch {
        // It was cut off.
      }
      const at = received.findLastIndex((byte, index) =>
        byte === 0x88 && (received[index + 1] ?? 0) >= 2
      );
      return at < 0 ? undefined : (received[at + 2] ?? 0) * 256 + (received[at + 3] ?? 0);
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      client.close();
    },
  };
}

const FINAL_TEXT = 0x81;
const PING = 0x89;

Deno.test("PageSocket takes messages of up to 1 KiB, and closes for a longer one", async () => {
  await using peer = await connect();
  await peer.frame(FINAL_TEXT, new Uint8Array(1024).fill(65));
  await waitFor("the message", () => peer.messages() === 1);
  await peer.frame(FINAL_TEXT, new Uint8Array(1025).fill(65));
  assertEquals(await peer.closeCode(), 1009);
  await waitFor("the end", peer.isClosed);
  assertEquals(peer.messages(), 1);
});

Deno.test("PageSocket collects no message of fragments without end", async () => {
  await using peer = await connect();
  let sent = 0;
  for (let part = 0; part < 1000; part++) {
    if (!await peer.frame(part === 0 ? 0x01 : 0x00, new Uint8Array(2 ** 20).fill(65))) break;
    sent++;
  }
  // What the network holds, and what is read until the client is cut off.
  assertLess(sent, 1000);
  await waitFor("the end", peer.isClosed);
  assertEquals(peer.messages(), 0);
  await using small = await connect();
  for (let part = 0; part < 17; part++) {
    await small.frame(part === 0 ? 0x01 : 0x00, new Uint8Array(1).fill(65));
  }
  assertEquals(await small.closeCode(), 1008);
});

Deno.test("PageSocket closes for over 256 messages or pings in a second", async () => {
  for (const start of [FINAL_TEXT, PING]) {
    await using peer = await connect();
    // Two seconds may share them.
    for (let count = 0; count < 1000; count++) {
      if (!await peer.frame(start, new Uint8Array(1).fill(65))) break;
    }
    assertEquals(await peer.closeCode(), 1008);
    await waitFor("the end", peer.isClosed);
    assertLess(peer.messages(), 513);
  }
});

Deno.test("PageSocket lets 256 KiB wait for a client, and cuts it off for more", async () => {
  await using peer = await connect();
  let most = 0;
  const part = new Uint8Array(10_000);
  // The system takes some megabytes for a client that does not read.
  for (let count = 0; count < 10_000 && peer.socket.isOpen; count++) {
    peer.socket.send(part);
    most = Math.max(most, peer.socket.waitingBytes);
    if (count % 20 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  await waitFor("the end", peer.isClosed);
  assert(most <= 256 * 1024 + 64, String(most));
  peer.socket.send(part);
  assertEquals(peer.server.connections.open, 0);
});
