import { createServer, type Socket } from "node:net";
import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assert, assertLess } from "../assert.ts";
import { frame, frameHead, MORE, shakeHands, written } from "../zmtp.ts";
import { MemoryWatch } from "./memory_watch.ts";

/** What a listener may take, whatever is published to it. */
const MAX_LISTENER_BYTES = 400 * 2 ** 20;

/** Publishes by hand to the first that connects, with what comes after the handshake. */
async function publishStrange(attack: (socket: Socket) => Promise<boolean>) {
  const failed = Promise.withResolvers<never>();
  let isFirst = true;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.setMaxListeners(0));
    socket.on("error", () => {});
    if (!isFirst) return;
    isFirst = false;
    const run = async () => {
      assert(await shakeHands(socket, "PUB"));
      while (await attack(socket));
    };
    run().catch(failed.reject);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert(address !== null && typeof address === "object");
  return {
    endpoint: `tcp://127.0.0.1:${address.port}`,
    /** Rejected if the attack fails. */
    failure: failed.promise,
    [Symbol.dispose]() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}

const piece = new Uint8Array(2 ** 16);
const parts = Uint8Array.from(Array.from({ length: 2 ** 14 }, () => frame([], MORE)).flat());

for (
  const [kind, told, attack] of [
    ["one of 1 GiB", /lost tcp/, () => {
      let sent = 0;
      return async (socket: Socket) => {
        const isOpen = await written(socket, sent === 0 ? frameHead(2 ** 30) : piece);
        return isOpen && (sent += piece.length) < 2 ** 30;
      };
    }],
    ["one of endless empty parts", /sends a message without an end: it was disconnected/, () => {
      return (socket: Socket) => written(socket, parts);
    }],
  ] as const
) {
  Deno.test({
    name: `a listener bounds what it keeps of a stranger's message, ${kind}, and tells`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      using stranger = await publishStrange(attack());
      await using listener = new SsdaqProcess(["listen", "-e", stranger.endpoint]);
      using memory = new MemoryWatch(listener.pid);
      await Promise.race([listener.says(told), stranger.failure]);
      await listener.stop();
      assertLess(memory.peakBytes, MAX_LISTENER_BYTES);
    },
  });
}
