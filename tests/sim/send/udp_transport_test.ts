import { adviceOn } from "../../../cli/terminal/advice.ts";
import { UnavailableError } from "../../../lib/errors.ts";
import { decodePacket } from "../../../lib/wire/packet.ts";
import { missingAddressFix } from "../../../sim/send/module_socket.ts";
import { simulatedReadouts } from "../../../sim/simulated_packets.ts";
import { Simulator } from "../../../sim/simulator.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";

/** An address of no host: TEST-NET-1 of RFC 5737. */
const NOWHERE = "192.0.2.1";

Deno.test({
  name: "Simulator sends UDP from .101 and up, one address a module",
  sanitizeResources: true,
  // Only Linux answers on all of 127.0.0.0/8 without being told to.
  ignore: Deno.build.os !== "linux",
  async fn() {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const { port } = socket.addr as Deno.NetAddr;
    const options = { modules: 3, readouts: 15, firstTackNs: 2n ** 60n + 1n, firstAuxNs: 7n };
    // A name, to have it looked up.
    const target = { hostname: "localhost", port };
    const summary = await new Simulator({ ...options, target, speed: Infinity }).run();
    assertEquals([summary.packetsSent, summary.sendErrors], [6, 0]);

    const received = [];
    for (let packet = 0; packet < summary.packetsSent; packet++) {
      const [bytes, from] = await socket.receive();
      const readouts = decodePacket(bytes);
      assert(typeof readouts !== "string", `refused: ${readouts}`);
      const { hostname } = from as Deno.NetAddr;
      received.push(...readouts.map((readout) => ({ hostname, readout })));
    }
    socket.close();
    const expected = Array.from(
      simulatedReadouts(options),
      ({ slot, readout }) => ({ hostname: `127.0.0.${101 + slot}`, readout }),
    );
    // Each packet in order, for loopback keeps it.
    assertEquals(received, expected);
    assertEquals(summary.slots.map(({ address }) => address), [
      "127.0.0.101",
      "127.0.0.102",
      "127.0.0.103",
    ]);
  },
});

Deno.test("Simulator goes on where nobody listens", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  const summary = await new Simulator({
    modules: 1,
    readouts: 200,
    firstAddress: "127.0.0.1",
    target: { hostname: "127.0.0.1", port },
    speed: Infinity,
  }).run();
  assertEquals(summary.packetsSent + summary.sendErrors, 20);
});

Deno.test("Simulator says what to do when an address is not this host's", async () => {
  const simulator = new Simulator({ modules: 1, firstAddress: NOWHERE, readouts: 1 });
  const error = await assertRejects(
    () => simulator.run(),
    UnavailableError,
    `cannot send from ${NOWHERE}: `,
  );
  assertStringIncludes(error.message, "add it to a network interface of this host");
  assertEquals(simulator.progress.packetsSent, 0);
});

Deno.test("Simulator says so when the target's name is unknown", async () => {
  const target = { hostname: "no-such-host.invalid", port: 2009 };
  await assertRejects(
    () => new Simulator({ modules: 1, readouts: 1, target }).run(),
    UnavailableError,
    "cannot send to no-such-host.invalid: ",
  );
});

Deno.test("missingAddressFix() gives macOS its command for loopback addresses", () => {
  assertEquals(
    missingAddressFix("127.0.0.101", "darwin").fix,
    "add it to the loopback interface: sudo ifconfig lo0 alias 127.0.0.101",
  );
  for (const [address, os] of [["10.0.0.101", "darwin"], ["127.0.0.101", "linux"]] as const) {
    const told = missingAddressFix(address, os);
    const advice = "add it to a network interface of this host, or start at another address with " +
      "--first-address";
    assertEquals(told.fix + adviceOn(told), advice);
  }
});
