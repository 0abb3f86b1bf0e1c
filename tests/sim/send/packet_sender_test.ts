import { UnavailableError } from "../../../lib/errors.ts";
import type { OutgoingPacket, PacketSender } from "../../../sim/send/packet_sender.ts";
import { SENDER_KINDS, udpTransport } from "../../../sim/send/udp_transport.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { HAS_IPV6 } from "../../has_ipv6.ts";

/** Two addresses of modules, and one of no host: TEST-NET-1 of RFC 5737. */
const [FIRST, SECOND, NOWHERE] = ["127.0.0.101", "127.0.0.102", "192.0.2.1"];

/** One byte more than the longest datagram IPv4 takes. */
const TOO_LONG = 65_508;

/** A socket that receives, and a sender of two modules to it. */
async function withSender(
  kind: typeof SENDER_KINDS[number],
  fn: (sender: PacketSender, receiver: Deno.DatagramConn) => Promise<void>,
) {
  const receiver = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = receiver.addr as Deno.NetAddr;
  const sender = await udpTransport([FIRST, SECOND], { hostname: "localhost", port }, kind)();
  try {
    await fn(sender, receiver);
  } finally {
    sender.close();
    receiver.close();
  }
}

/** The next packets, as sender and bytes. */
async function receive(receiver: Deno.DatagramConn, count: number) {
  const packets: [string, Uint8Array][] = [];
  for (let packet = 0; packet < count; packet++) {
    const [bytes, from] = await receiver.receive(new Uint8Array(TOO_LONG));
    packets.push([(from as Deno.NetAddr).hostname, bytes.slice()]);
  }
  return packets;
}

for (const kind of SENDER_KINDS) {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({
      name: `${kind} sender ${name}`,
      fn,
      sanitizeResources: true,
      // Only Linux answers on all of 127.0.0.0/8 without being told to, and only it has sendmmsg.
      ignore: Deno.build.os !== "linux",
    });

  test("sends each packet from its module's address, in order, whatever the slots", () =>
    withSender(kind, async (sender, receiver) => {
      const slots = [0, 1, 1, 0, 1];
      const packets = slots.map((slot, i) => ({ slot, bytes: new Uint8Array(100 + i).fill(i) }));
      assertEquals(await sender.send(packets), []);
      assertEquals(
        await receive(receiver, 5),
        packets.map(({ slot, bytes }) => [slot === 0 ? FIRST : SECOND, bytes]),
      );
    }));

  test("sends packets of 0, 1, 9000 and 65507 bytes as they are", () =>
    withSender(kind, async (sender, receiver) => {
      const sizes = [0, 1, 9000, 65_507];
      const packets = sizes.map((size) => ({ slot: 0, bytes: new Uint8Array(size).fill(7) }));
      assertEquals(await sender.send(packets), []);
      assertEquals(await receive(receiver, 4), packets.map(({ bytes }) => [FIRST, bytes]));
    }));

  test("sends call after call, from memory that is used again", () =>
    withSender(kind, async (sender, receiver) => {
      const bytes = new Uint8Array(144);
      for (let call = 0; call < 50; call++) {
        await sender.send([{ slot: call % 2, bytes: bytes.fill(call) }]);
      }
      assertEquals(
        await receive(receiver, 50),
        Array.from(
          { length: 50 },
          (_, call) => [call % 2 === 0 ? FIRST : SECOND, new Uint8Array(144).fill(call)],
        ),
      );
    }));

  test("sends more packets in a call than the kernel takes at once", () =>
    withSender(kind, async (sender, receiver) => {
      const packets = Array.from({ length: 200 }, (_, i) => ({
        slot: i % 2,
        bytes: Uint8Array.of(i),
      }));
      assertEquals(await sender.send(packets), []);
      const received = await receive(receiver, 200);
      assertEquals(received.map(([, bytes]) => bytes[0]), packets.map(({ bytes }) => bytes[0]));
    }));

  test("reports packets that cannot be sent by index, and sends the others", () =>
    withSender(kind, async (sender, receiver) => {
      // The last ones beyond what the kernel is given at once.
      const lengths = [TOO_LONG, 1, 100_000, 2, ...new Array<number>(96).fill(3), TOO_LONG, 4];
      const packets: OutgoingPacket[] = lengths.map((length) => ({
        slot: 1,
        bytes: new Uint8Array(length),
      }));
      const failures = await sender.send(packets);
      assertEquals(failures.map(({ index }) => index), [0, 2, 100]);
      for (const { error } of failures) {
        assert(error instanceof Error);
        assertStringIncludes(error.message, "Message too long");
      }
      const received = await receive(receiver, 99);
      assertEquals(
        received.map(([from, bytes]) => [from, bytes.length]),
        lengths.filter((length) => length < 5).map((length) => [SECOND, length]),
      );
    }));

  test("sends nothing when there is nothing to send", () =>
    withSender(kind, async (sender) => assertEquals(await sender.send([]), [])));

  Deno.test({
    name: `${kind} sender sends by IPv6, from its module's address`,
    sanitizeResources: true,
    ignore: Deno.build.os !== "linux" || !HAS_IPV6,
    fn: async () => {
      const receiver = Deno.listenDatagram({ transport: "udp", hostname: "::1", port: 0 });
      const { port } = receiver.addr as Deno.NetAddr;
      const sender = await udpTransport(["::1"], { hostname: "::1", port }, kind)();
      const packets = [0, 1440, 9000].map((size) => ({
        slot: 0,
        bytes: new Uint8Array(size).fill(7),
      }));
      assertEquals(await sender.send(packets), []);
      assertEquals(await receive(receiver, 3), packets.map(({ bytes }) => ["::1", bytes]));
      sender.close();
      receiver.close();
    },
  });

  test("refuses an address that is not this host's, and leaves nothing open", async () => {
    const transport = udpTransport([FIRST, NOWHERE], { hostname: "127.0.0.1", port: 9 }, kind);
    const error = await assertRejects(
      async () => await transport(),
      UnavailableError,
      `cannot send from ${NOWHERE}: `,
    );
    assertStringIncludes(error.message, "add it to a network interface of this host");
  });
}

Deno.test({
  name: "udpTransport() sends without FFI where that is not allowed",
  ignore: Deno.build.os !== "linux",
  permissions: { net: true, ffi: false },
  async fn() {
    const receiver = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const { port } = receiver.addr as Deno.NetAddr;
    const sender = await udpTransport([FIRST], { hostname: "127.0.0.1", port })();
    assertEquals(await sender.send([{ slot: 0, bytes: Uint8Array.of(5) }]), []);
    assertEquals(await receive(receiver, 1), [[FIRST, Uint8Array.of(5)]]);
    sender.close();
    receiver.close();
  },
});
