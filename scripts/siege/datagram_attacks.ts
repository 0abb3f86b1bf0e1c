import { count, type Siege } from "./strangers.ts";

/** Datagrams in a second, all kinds together. */
const PER_SECOND = 1000;

/** Bad datagrams from unknown addresses and from addresses of modules. */
export async function badDatagrams({ targets, strangers, tally }: Siege): Promise<void> {
  const from = ["127.66.1.1", "127.66.1.2", "127.0.0.101", "127.0.0.117", "127.0.0.132"];
  const sockets = from.map((hostname) =>
    Deno.listenDatagram({ transport: "udp", hostname, port: 0 })
  );
  const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: targets.packets };
  // A packet has whole readouts, so none of these lengths is one.
  const lengths = [1, 20, 143, 145, 1441, 1500, 9000, 60_001];
  await strangers.again(PER_SECOND, async () => {
    const socket = sockets[strangers.below(sockets.length)] as Deno.DatagramConn;
    const length = lengths[strangers.below(lengths.length)] as number;
    await socket.send(strangers.bytes(length), to);
    count(tally, "sent");
  });
  sockets.forEach((socket) => socket.close());
}
