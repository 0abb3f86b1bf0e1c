import { adviceOn } from "../../../cli/terminal/advice.ts";
import { formatIpAddress } from "../../../lib/address/ip_address.ts";
import { ConfigurationError, OperationError, UnavailableError } from "../../../lib/errors.ts";
import { openPacketSocket } from "../../../lib/receiver/open_packet_socket.ts";
import { PacketRing } from "../../../lib/receiver/packet_ring.ts";
import { type PacketSocket, SOCKET_KINDS } from "../../../lib/receiver/packet_socket.ts";
import { PortableSocket } from "../../../lib/receiver/portable_socket.ts";
import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertRejects,
  assertThrows,
} from "../../assert.ts";
import { nth, only } from "../../elements.ts";
import { HAS_IPV6 } from "../../has_ipv6.ts";
import { logTo } from "../../log_lines.ts";
import { replaced } from "../../replaced.ts";
import { DEADLINE_MS, waitFor } from "../../wait_for.ts";

/** Longer than what does not wait for it takes on any machine. */
const LONG_MS = 2 * DEADLINE_MS;

const LOCALHOST = { hostname: "127.0.0.1", port: 0 };
const LOCALHOST_IPV6 = { hostname: "::1", port: 0 };
/** Every address of this host, of both families. */
const EVERYWHERE = { hostname: "::", port: 0 };

interface Received {
  source: string;
  lengthBytes: number;
  bytes: Uint8Array;
  receiveMs: number;
}

/** Takes everything out of the ring. */
function takeAll({ ring }: PacketSocket): Received[] {
  const packets: Received[] = [];
  for (let left = ring.length; left > 0; left--) {
    const slot = ring.tailSlot;
    const lengthBytes = ring.lengthBytes(slot);
    const at = ring.offset(slot);
    packets.push({
      source: formatIpAddress(ring.sources, ring.sourceAt(slot)),
      lengthBytes,
      bytes: ring.bytes.slice(at, at + Math.min(lengthBytes, 9216)),
      receiveMs: ring.receiveSeconds(slot) * 1000 + ring.receiveNanoseconds(slot) / 1e6,
    });
    ring.release(1);
  }
  return packets;
}

async function take(socket: PacketSocket, count: number): Promise<Received[]> {
  const packets: Received[] = [];
  await waitFor(`${count} packets`, async () => {
    await socket.readable(100);
    packets.push(...takeAll(socket));
    return packets.length >= count;
  });
  return packets;
}

function sender(hostname: string) {
  const connection = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  return {
    /** To this host's own address of the sender's family, at the socket's port. */
    send: (bytes: Uint8Array, { address: { port } }: PacketSocket) => {
      const to = hostname.includes(":") ? LOCALHOST_IPV6 : LOCALHOST;
      return connection.send(bytes, { transport: "udp", hostname: to.hostname, port });
    },
    [Symbol.dispose]: () => connection.close(),
  };
}

function numbered(number: number): Uint8Array {
  const bytes = new Uint8Array(144);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** Sends until the ring is full, and so many more, which stay in the kernel's buffer. */
async function overfill(socket: PacketSocket, module: ReturnType<typeof sender>, more: number) {
  const { capacity } = socket.ring;
  for (let sent = 0; sent < capacity; sent++) {
    await module.send(numbered(sent), socket);
    if (sent % 64 === 63) await waitFor("the packets sent", () => socket.ring.length === sent + 1);
  }
  for (let sent = 0; sent < more; sent++) await module.send(numbered(capacity + sent), socket);
}

function stop(socket: PacketSocket): { sinceMs: number; ended: boolean } {
  const stopped = { sinceMs: performance.now(), ended: false };
  void socket.stop().then(() => stopped.ended = true);
  return stopped;
}

for (const kind of SOCKET_KINDS) {
  const linuxOnly = kind === "recvmmsg" && Deno.build.os !== "linux";
  const test = (name: string, fn: () => Promise<void> | void) =>
    Deno.test({ name: `${kind} socket ${name}`, fn, ignore: linuxOnly });
  const testIpv6 = (name: string, fn: () => Promise<void> | void) =>
    Deno.test({ name: `${kind} socket ${name}`, fn, ignore: linuxOnly || !HAS_IPV6 });

  test("delivers bytes, length, sender and receive time of each packet, in order", async () => {
    await using socket = openPacketSocket(LOCALHOST, { kind });
    using module = sender("127.0.0.105");
    const sentMs = Date.now();
    for (let index = 0; index < 100; index++) {
      await module.send(new Uint8Array(144).fill(index), socket);
    }
    const packets = await take(socket, 100);
    packets.forEach((packet, index) => {
      assertEquals(packet.source, "127.0.0.105");
      assertEquals(packet.bytes, new Uint8Array(144).fill(index));
      assert(Math.abs(packet.receiveMs - sentMs) < 10_000);
    });
  });

  test("delivers packets of 0, 1, 9000 and 60000 bytes with their length as sent", async () => {
    await using socket = openPacketSocket(LOCALHOST, { kind });
    using module = sender("127.0.0.1");
    for (const size of [0, 1, 9000, 60_000]) await module.send(new Uint8Array(size), socket);
    const packets = await take(socket, 4);
    assertEquals(packets.map((packet) => packet.lengthBytes), [0, 1, 9000, 60_000]);
  });

  test("delivers ten rings full without a loss when it is read", async () => {
    await using socket = openPacketSocket(LOCALHOST, { kind });
    using module = sender("127.0.0.1");
    const total = socket.ring.capacity * 10;
    let taken = 0;
    for (let index = 0; index < total; index++) {
      await module.send(new Uint8Array(144), socket);
      if (index % 64 === 0) {
        await waitFor("the packets sent", async () => {
          await socket.readable(100);
          taken += takeAll(socket).length;
          return taken === index + 1;
        });
      }
    }
    taken += (await take(socket, total - taken)).length;
    assertEquals(taken, total);
  });

  testIpv6("of an IPv6 address delivers bytes, length, sender and receive time", async () => {
    await using socket = openPacketSocket(LOCALHOST_IPV6, { kind });
    assertEquals(socket.address.hostname, "::1");
    using module = sender("::1");
    const sentMs = Date.now();
    const sizes = [144, 0, 9000, 1440, 60_000];
    for (const size of sizes) await module.send(new Uint8Array(size).fill(size & 255), socket);
    const packets = await take(socket, sizes.length);
    packets.forEach((packet, index) => {
      const size = nth(sizes, index);
      assertEquals([packet.source, packet.lengthBytes], ["::1", size]);
      assertEquals(packet.bytes, new Uint8Array(Math.min(size, 9216)).fill(size & 255));
      assert(Math.abs(packet.receiveMs - sentMs) < 10_000);
    });
  });

  testIpv6("of all addresses knows IPv4 and IPv6 senders by their own addresses", async () => {
    await using socket = openPacketSocket(EVERYWHERE, { kind });
    const hosts = Deno.build.os === "linux"
      ? ["127.0.0.101", "::1", "127.0.0.102"]
      : ["127.0.0.1", "::1"];
    // Round the ring, so that each place has had senders of both families.
    const rounds = Math.ceil(socket.ring.capacity * 1.5);
    const senders = hosts.map((host) => sender(host));
    for (let index = 0; index < rounds; index++) {
      const at = index % hosts.length;
      await nth(senders, at).send(Uint8Array.of(at), socket);
      const packet = only(await take(socket, 1));
      assertEquals([packet.source, packet.bytes[0]], [hosts[at], at]);
    }
    for (const each of senders) each[Symbol.dispose]();
  });

  testIpv6("of an IPv6 address says what to do when it cannot be bound", async () => {
    await using socket = openPacketSocket(LOCALHOST_IPV6, { kind });
    assertThrows(
      () => openPacketSocket(socket.address, { kind }),
      UnavailableError,
      `cannot bind udp://[::1]:${socket.address.port}: address in use; is another`,
    );
    assertThrows(
      () => openPacketSocket({ hostname: "2001:db8::1", port: 0 }, { kind }),
      UnavailableError,
      "cannot bind udp://[2001:db8::1]:0: this host has no such address",
    );
  });

  test("delivers what had arrived when it is stopped", async () => {
    await using socket = openPacketSocket(LOCALHOST, { kind });
    using module = sender("127.0.0.1");
    for (let index = 0; index < 50; index++) await module.send(new Uint8Array(144), socket);
    await socket.stop();
    assertEquals(takeAll(socket).length, 50);
  });

  test("delivers what had arrived to a reader that is slow when it is stopped", async () => {
    await using socket = openPacketSocket(LOCALHOST, { kind });
    using module = sender("127.0.0.1");
    await overfill(socket, module, 200);
    const stopped = stop(socket);
    // Longer than anything that arrives later would be waited for.
    await waitFor("a second", () => performance.now() - stopped.sinceMs > 1000);
    const packets: Received[] = [];
    await waitFor("the end", () => {
      packets.push(...takeAll(socket));
      return stopped.ended && socket.ring.length === 0;
    });
    assertEquals(packets.length, socket.ring.capacity + 200);
    const numbers = packets.map(({ bytes }) => new DataView(bytes.buffer).getUint32(0));
    assertEquals(numbers, Array.from(packets, (_, index) => index));
    assertEquals(socket.unread, 0);
  });

  test("tells how many it has not taken when its reader is too slow", async () => {
    await using socket = openPacketSocket(LOCALHOST, { kind, drainMs: 100 });
    using module = sender("127.0.0.1");
    await overfill(socket, module, 200);
    assertEquals(socket.unread, 0);
    await socket.stop();
    assertEquals([takeAll(socket).length, socket.unread], [socket.ring.capacity, 200]);
    await socket.stop();
    assertEquals(socket.unread, 200);
  });

  test("waits for no reader when it is disposed of, and tells what it has not taken", async () => {
    const socket = openPacketSocket(LOCALHOST, { kind, drainMs: LONG_MS });
    using module = sender("127.0.0.1");
    await overfill(socket, module, 200);
    const startMs = performance.now();
    const stopped = stop(socket);
    await socket[Symbol.asyncDispose]();
    await waitFor("the end", () => stopped.ended);
    assertLess(performance.now() - startMs, LONG_MS);
    assertEquals([takeAll(socket).length, socket.unread], [socket.ring.capacity, 200]);
  });

  test("ends when it is stopped though packets go on to come, and delivers those before", async () => {
    await using socket = openPacketSocket(LOCALHOST, { kind });
    using module = sender("127.0.0.1");
    let sent = 0;
    let ended = false;
    const sending = (async () => {
      while (!ended) {
        await module.send(numbered(sent++), socket);
        if (sent % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    const packets: Received[] = [];
    await waitFor("packets", async () => {
      await socket.readable(100);
      packets.push(...takeAll(socket));
      return packets.length > 500;
    });
    const before = sent;
    const stopped = stop(socket);
    await waitFor("the end", () => {
      packets.push(...takeAll(socket));
      return stopped.ended && socket.ring.length === 0;
    });
    ended = true;
    await sending;
    const numbers = packets.map(({ bytes }) => new DataView(bytes.buffer).getUint32(0));
    assertEquals(numbers, Array.from(packets, (_, index) => index));
    assert(packets.length >= before, `${packets.length} of ${before}`);
    assertEquals(socket.unread, 0);
  });

  test("wakes a reader when the time is up, and when it is stopped", async () => {
    await using socket = openPacketSocket(LOCALHOST, { kind });
    await socket.readable(1);
    const reader = socket.readable(60_000);
    await Promise.all([reader, socket.stop()]);
    await socket.readable(60_000);
  });

  test("frees its port when it is closed", async () => {
    const socket = openPacketSocket(LOCALHOST, { kind });
    const { address } = socket;
    await socket[Symbol.asyncDispose]();
    await using again = openPacketSocket(address, { kind });
    assertEquals(again.address, address);
  });

  test("says what to do when the port is in use", async () => {
    await using socket = openPacketSocket(LOCALHOST, { kind });
    assertThrows(
      () => openPacketSocket(socket.address, { kind }),
      UnavailableError,
      `cannot bind udp://127.0.0.1:${socket.address.port}: address in use; is another`,
    );
  });

  test("says what to do when the address is not local", () => {
    assertThrows(
      () => openPacketSocket({ hostname: "203.0.113.1", port: 0 }, { kind }),
      UnavailableError,
      "this host has no such address",
    );
  });
}

Deno.test("portable socket has receive times of a wall clock that drifts and is set", async () => {
  const clock = { unixMs: 1_790_000_000_000 };
  await using socket = new PortableSocket(LOCALHOST, { unixNowMs: () => clock.unixMs });
  using module = sender("127.0.0.1");
  for (const stepMs of [0, 3_600_000, -3_600_000, ...Array(100).fill(0.125)]) {
    clock.unixMs += stepMs;
    await module.send(new Uint8Array(144), socket);
    const { receiveMs } = only(await take(socket, 1));
    assertEquals(receiveMs, clock.unixMs);
  }
});

Deno.test("a packet that came after the stop is known by its time, though the clock is set", () => {
  const ring = new PacketRing();
  const stopMs = 1_790_000_000_250;
  ring.stop(stopMs);
  // Asked again, it stays with the first time.
  ring.stop(stopMs + 3_600_000);
  const isAfter = (receivedMs: number, nowMs: number) => {
    ring.setHeader(0, 144, Math.floor(receivedMs / 1000), (receivedMs % 1000) * 1e6);
    return ring.isAfterStop(0, nowMs);
  };
  assertEquals(isAfter(stopMs - 0.25, stopMs + 5), false);
  assertEquals(isAfter(stopMs, stopMs + 5), false);
  assertEquals(isAfter(stopMs + 0.25, stopMs + 5), true);
  assertEquals(isAfter(stopMs + 5, stopMs + 5), true);
  // It came before the clock was set back, and the stop after that.
  assertEquals(isAfter(stopMs + 3_600_000, stopMs + 5), false);
  // It came before the clock was set forward, and the stop after that.
  assertEquals(isAfter(stopMs - 3_600_000, stopMs + 5), false);
});

Deno.test({
  name: "recvmmsg socket tells the buffer granted and what the kernel dropped",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using socket = openPacketSocket(LOCALHOST, {
      kind: "recvmmsg",
      receiveBufferBytes: 65536,
    });
    assertEquals([socket.askedReceiveBufferBytes, socket.receiveBufferBytes], [65536, 65536]);
    using module = sender("127.0.0.1");
    const total = socket.ring.capacity + 500;
    for (let index = 0; index < total; index++) await module.send(new Uint8Array(1440), socket);
    let taken = 0;
    let ended = false;
    socket.stop().then(() => ended = true);
    await waitFor("the end", () => {
      taken += takeAll(socket).length;
      return ended && socket.ring.length === 0;
    });
    assert((socket.kernelDropped ?? 0) > 0);
    assertEquals(taken + (socket.kernelDropped ?? 0), total);
  },
});

Deno.test({
  name: "recvmmsg socket whose thread fails says so to the reader",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const socket = openPacketSocket(LOCALHOST, { kind: "recvmmsg" });
    const libc = Deno.dlopen("libc.so.6", {
      dup2: { parameters: ["i32", "i32"], result: "i32" },
      open: { parameters: ["buffer", "i32"], result: "i32" },
    });
    const file = libc.symbols.open(new TextEncoder().encode("/dev/null\0"), 0);
    const { fd } = socketOf(socket.address.port);
    libc.symbols.dup2(file, fd);
    libc.close();
    await assertRejects(() => readUntilFailure(socket), Error, "the receive thread failed");
    await socket.stop();
  },
});

Deno.test({
  name: "recvmmsg socket whose thread cannot start says so to each reader, and frees its port",
  // The thread's code may not be read.
  permissions: { net: true, ffi: true, read: false },
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const socket = openPacketSocket(LOCALHOST, { kind: "recvmmsg" });
    await assertRejects(() => readUntilFailure(socket), Error, "the receive thread failed");
    await assertRejects(() => socket.readable(LONG_MS), Error, "the receive thread failed");
    await socket.stop();
    await using again = openPacketSocket(socket.address, { kind: "portable" });
    assertEquals(again.address, socket.address);
  },
});

Deno.test("portable socket that fails says so to each reader, and frees its port", async () => {
  const other = Deno.listenDatagram({ transport: "udp", ...LOCALHOST });
  other.close();
  const sockets: Deno.DatagramConn = Object.getPrototypeOf(other);
  const failure = Promise.withResolvers<never>();
  using _broken = replaced(sockets, "receive", () => failure.promise);
  const socket = openPacketSocket(LOCALHOST, { kind: "portable" });
  const startMs = performance.now();
  const waiting = socket.readable(LONG_MS);
  failure.reject(new Error("it is broken"));
  for (const reader of [() => waiting, () => socket.readable(LONG_MS)]) {
    await assertRejects(reader, OperationError, "the UDP socket failed: it is broken");
  }
  assertLess(performance.now() - startMs, LONG_MS);
  await socket.stop();
  await using again = openPacketSocket(socket.address, { kind: "portable" });
  assertEquals(again.address, socket.address);
});

/** As it is with another C library, too. */
const WITHOUT_LIBC = { net: true, ffi: false } as const;

Deno.test({
  name: "openPacketSocket() takes the portable socket where recvmmsg is not possible, and says why",
  permissions: WITHOUT_LIBC,
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const said: string[] = [];
    await using socket = openPacketSocket(LOCALHOST, { log: logTo(said) });
    assertEquals(socket.kind, "portable");
    assertMatch(only(said), /^recvmmsg is not possible here \(.*ffi.*\).* portable socket/);
    using module = sender("127.0.0.1");
    await module.send(numbered(7), socket);
    assertEquals(only(await take(socket, 1)).bytes, numbered(7));
  },
});

Deno.test({
  name: "openPacketSocket() refuses recvmmsg where it is asked for and not possible",
  permissions: WITHOUT_LIBC,
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const error = assertThrows(
      () => openPacketSocket(LOCALHOST, { kind: "recvmmsg" }),
      ConfigurationError,
      "recvmmsg is not possible here",
    );
    assertMatch(adviceOn(error), / --socket portable$/);
  },
});

async function readUntilFailure(socket: PacketSocket): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (performance.now() < endMs) await socket.readable(50);
}

/** The file descriptor that holds the UDP port in this process. */
function socketOf(port: number): { fd: number } {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const line = Deno.readTextFileSync("/proc/self/net/udp").split("\n")
    .find((entry) => entry.includes(`:${hex} `));
  const inode = line?.trim().split(/\s+/)[9];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      if (Deno.readLinkSync(`/proc/self/fd/${name}`) === `socket:[${inode}]`) {
        return { fd: Number(name) };
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`no descriptor holds port ${port}`);
}
