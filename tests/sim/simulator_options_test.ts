import { ConfigurationError } from "../../lib/errors.ts";
import { Simulator } from "../../sim/simulator.ts";
import { type SimulatorOptions, simulatorSettings } from "../../sim/simulator_options.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

const here = { hostname: "127.0.0.1", port: 2009 };

/** Options that are refused, and how. */
const REFUSED: [SimulatorOptions, string][] = [
  ...[0, 33, 1.5, NaN].map((modules): [SimulatorOptions, string] => [
    { modules },
    `modules is ${modules}; give a whole number 1..32`,
  ]),
  ...[0, -1, NaN, Infinity, 1.1e9].map((rate): [SimulatorOptions, string] => [
    { rate },
    `rate is ${rate}; give readouts per second, above 0 and up to 1e9`,
  ]),
  ...[0, 63, 1.5].map((readoutsPerPacket): [SimulatorOptions, string] => [
    { readoutsPerPacket },
    `readoutsPerPacket is ${readoutsPerPacket}; give a whole number 1..62`,
  ]),
  ...[0, -1, 0.5, NaN, Infinity].map((readouts): [SimulatorOptions, string] => [
    { readouts },
    `readouts is ${readouts}; give a whole number 1..9007199254740991`,
  ]),
  ...[0, -1, NaN].map((speed): [SimulatorOptions, string] => [
    { speed },
    `speed is ${speed}; give a number above 0, or Infinity`,
  ]),
  ...[-1, 2 ** 32, 0.5].map((seed): [SimulatorOptions, string] => [
    { seed },
    `seed is ${seed}; give a whole number 0..4294967295`,
  ]),
  ...[-1n, 2n ** 64n].flatMap((ns): [SimulatorOptions, string][] => [
    [{ firstTackNs: ns }, `firstTackNs is ${ns}; give ns as an unsigned 64-bit number`],
    [{ firstAuxNs: ns }, `firstAuxNs is ${ns}; give ns as an unsigned 64-bit number`],
  ]),
  ...[0, 65536, 20.09].map((port): [SimulatorOptions, string] => [
    { target: { ...here, port } },
    `target.port is ${port}; give a whole number 1..65535`,
  ]),
  [{ target: { ...here, hostname: "" } }, 'target.hostname is ""; give the receiver\'s name'],
  ...["", "localhost", "127.0.0", "127.0.0.256", "127.0.0.01", "1.2.3.4.5", "fe80::1%lo"].map(
    (firstAddress): [SimulatorOptions, string] => [
      { firstAddress },
      `firstAddress is ${firstAddress}; give an IP address such as 127.0.0.101 or fd00::101`,
    ],
  ),
  [{ firstAddress: "::1" }, "give an IPv4 address, because the target 127.0.0.1:2009 is one"],
  [
    { target: { hostname: "::1", port: 2009 } },
    "firstAddress is 127.0.0.101; give an IPv6 address, because the target [::1]:2009 is one",
  ],
  ...["fd00::", "fd00::ffe1"].map((firstAddress): [SimulatorOptions, string] => [
    { firstAddress, target: { hostname: "::1", port: 2009 } },
    `firstAddress is ${firstAddress}; give one that ends in 1..ffe0, so that 32 modules`,
  ]),
  [{ firstAddress: "127.0.0.0" }, "firstAddress is 127.0.0.0; give one that ends in 1..223"],
  [{ firstAddress: "127.0.0.224" }, "firstAddress is 127.0.0.224; give one that ends in 1..223"],
  [{ firstAddress: "127.0.0.255", modules: 1 }, "give one that ends in 1..254, so that 1 modules"],
];

for (const [options, message] of REFUSED) {
  Deno.test(`Simulator refuses at once: ${message}`, () => {
    assertThrows(() => new Simulator(options), ConfigurationError, message);
  });
}

Deno.test("Simulator refuses a byte order that is none", () => {
  const options = JSON.parse('{ "byteOrder": "middle" }');
  const message = "byteOrder is middle; give big or little";
  assertThrows(() => new Simulator(options), ConfigurationError, message);
});

Deno.test("Simulator takes the bounds of every option", () => {
  const lowest = {
    modules: 1,
    rate: 5e-324,
    readoutsPerPacket: 1,
    readouts: 1,
    speed: 5e-324,
    seed: 0,
    firstTackNs: 0n,
    firstAuxNs: 0n,
    firstAddress: "0.0.0.1",
    target: { ...here, port: 1 },
  };
  const highest = {
    modules: 32,
    rate: 1e9,
    readoutsPerPacket: 62,
    readouts: Number.MAX_SAFE_INTEGER,
    speed: Infinity,
    seed: 2 ** 32 - 1,
    firstTackNs: 2n ** 64n - 1n,
    firstAuxNs: 2n ** 64n - 1n,
    firstAddress: "255.255.255.223",
    target: { ...here, port: 65535 },
  };
  for (const options of [lowest, highest]) {
    const { transport: _transport, addresses: _addresses, clock: _clock, log: _log, ...settings } =
      simulatorSettings(options);
    const { firstAddress: _firstAddress, ...expected } = options;
    const scene = { scene: "random" as const, skySpeed: 60, deadPixels: [] };
    assertEquals(settings, { ...expected, ...scene, byteOrder: "big", faults: undefined });
  }
});

Deno.test("Simulator's defaults are those of the design, from the present time on", () => {
  const beforeNs = BigInt(Date.now()) * 1_000_000n;
  const settings = simulatorSettings({});
  assertEquals(settings.target, here);
  assertEquals(settings.addresses[0], "127.0.0.101");
  assertEquals(settings.addresses[31], "127.0.0.132");
  assertEquals(settings.addresses.length, 32);
  assertEquals([settings.modules, settings.rate, settings.readoutsPerPacket], [32, 10, 10]);
  assertEquals([settings.readouts, settings.speed, settings.seed], [Infinity, 1, 1]);
  assertEquals(settings.byteOrder, "big");
  assert(settings.firstTackNs >= beforeNs);
  assert(settings.firstTackNs <= BigInt(Date.now()) * 1_000_000n);
  assertEquals(settings.firstAuxNs, settings.firstTackNs);
});
