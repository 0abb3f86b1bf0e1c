import { OperationError } from "../../../lib/errors.ts";
import { toJson } from "../../../lib/text/json.ts";
import type { FaultOptions } from "../../../sim/faults/fault_options.ts";
import type { Manifest } from "../../../sim/manifest/manifest.ts";
import { packetsOf } from "../../../sim/manifest/manifest_replay.ts";
import { type Fates, indexManifest } from "../../../sim/manifest/fate_index.ts";
import { parseManifest } from "../../../sim/manifest/parse_manifest.ts";
import { SCENES } from "../../../sim/scene/scene.ts";
import { Simulator } from "../../../sim/simulator.ts";
import type { SimulatorOptions } from "../../../sim/simulator_options.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { fc } from "../../property.ts";
import { RecordingTransport } from "../recording_transport.ts";
import { VirtualClock } from "../virtual_clock.ts";

const FIXED = { firstTackNs: 1_790_000_000_000_000_001n, firstAuxNs: 2n ** 64n - 5n };

/** Runs a simulator under a virtual clock; what was sent, and the manifest through its JSON. */
async function simulate(
  options: SimulatorOptions,
  onSend?: (simulator: Simulator, sent: number) => void,
): Promise<{ sent: string[]; manifest: Manifest; simulator: Simulator }> {
  let count = 0;
  const { packets, transport } = new RecordingTransport((): void => onSend?.(simulator, ++count));
  const simulator: Simulator = new Simulator({
    ...FIXED,
    clock: new VirtualClock(),
    transport,
    ...options,
  });
  await simulator.run();
  const sent = packets.map(({ module, bytes }) => textOf(module, bytes));
  return { sent, manifest: parseManifest(toJson(simulator.manifest)), simulator };
}

const textOf = (slot: number, bytes: Uint8Array) => `${slot} ${bytes.toHex()}`;

/** Every datagram that a manifest says was sent. */
function replayed(manifest: Manifest, fates?: Fates): string[] {
  return [
    ...packetsOf(manifest, fates).flatMap(({ slot, datagrams }) =>
      datagrams.map((bytes) => textOf(slot, bytes))
    ),
  ];
}

const probability = fc.double({ min: 0, max: 1, noNaN: true });
const moment = fc.record({ slot: fc.nat(3), atMs: fc.nat(2000) });
const faults = fc.record<FaultOptions>({
  loss: probability,
  duplicate: probability,
  reorder: probability,
  corrupt: probability,
  truncate: probability,
  jitterMs: fc.nat(300),
  burst: fc.boolean(),
  kill: fc.array(moment, { maxLength: 3 }),
  revive: fc.array(moment, { maxLength: 3 }),
  resetTackAtMs: fc.array(fc.nat(2000), { maxLength: 2 }),
}, { requiredKeys: [] });

Deno.test("a manifest gives back every datagram that was sent, byte for byte, whatever happened", async () => {
  await fc.assert(
    fc.asyncProperty(faults, fc.nat(1000), fc.integer({ min: 1, max: 40 }), async (
      faults,
      seed,
      readouts,
    ) => {
      const scene = nth(SCENES, seed % SCENES.length);
      const deadPixels = [seed % 2048];
      const options = {
        modules: 4,
        readouts,
        readoutsPerPacket: 3,
        seed,
        scene,
        deadPixels,
        faults,
      };
      const { sent, manifest, simulator } = await simulate(options, (simulator, count) => {
        // What is asked for while it runs is in the manifest, too.
        if (count === 5) simulator.pause(1);
        if (count === 11) simulator.setRate(7);
        if (count === 17) simulator.resume();
        if (count === 23) simulator.setFaults(false);
        if (count % 13 === 0) throw new Error("refused");
      });
      const indexed = indexManifest(new TextEncoder().encode(toJson(simulator.manifest, seed % 3)));
      assertEquals(replayed(indexed.manifest, indexed.fates), replayed(manifest));
      assertEquals(indexed.manifest, { ...manifest, packets: [] });
      assertEquals(replayed(manifest).sort(), sent.sort());
      assertEquals(manifest.totals.packetsSent, sent.length);
      assertEquals(manifest.readouts, readouts);
    }),
    { numRuns: 100 },
  );
});

Deno.test("the same seed gives the same faults, another seed others", async () => {
  const faults = { loss: 0.2, duplicate: 0.2, corrupt: 0.2, truncate: 0.2, reorder: 0.2 };
  const fatesOf = async (seed: number) =>
    (await simulate({ modules: 4, readouts: 200, seed, faults })).manifest.packets;
  assertEquals(await fatesOf(3), await fatesOf(3));
  assert(toJson(await fatesOf(3)) !== toJson(await fatesOf(4)));
});

Deno.test("faults happen as often as asked for, each by itself", async () => {
  const count = { loss: "lost", duplicate: "duplicated", reorder: "reordered" } as const;
  const more = { corrupt: "corrupted", truncate: "truncated" } as const;
  for (const [option, total] of Object.entries({ ...count, ...more })) {
    const { manifest: { totals } } = await simulate({
      modules: 32,
      readouts: 300,
      readoutsPerPacket: 1,
      faults: { [option]: 0.1 },
    });
    assertEquals(totals.packetsMade, 9600);
    // Five standard deviations of a binomial are 147.
    assert(Math.abs(totals[total] - 960) < 147, `${total} ${totals[total]}`);
    const others = { ...totals, [total]: 0, packetsMade: 0, packetsSent: 0, readoutsMade: 0 };
    assert(Object.values(others).every((number) => number === 0), toJson(others));
  }
});

Deno.test("a module is killed and revived, and TACK reset, at the moment that is asked for", async () => {
  const { manifest, sent } = await simulate({
    modules: 2,
    readouts: 60,
    readoutsPerPacket: 10,
    faults: {
      kill: [{ slot: 1, atMs: 2000 }],
      revive: [{ slot: 1, atMs: 3500 }],
      resetTackAtMs: [5000],
    },
  });
  assertEquals(manifest.silences, [
    { slot: 1, firstReadout: 20, endReadout: 40, cause: "killed" },
  ]);
  assertEquals(sent.filter((text) => text.startsWith("1 ")).length, 4);
  assertEquals(
    manifest.segments.map(({ firstReadout, firstTackNs }) => [firstReadout, firstTackNs]),
    [
      [0, FIXED.firstTackNs],
      [50, 1_000_000_000n],
    ],
  );
});

Deno.test("jitter delays packets, reordered ones follow the next moment, a burst gathers four", async () => {
  const times = async (faults: FaultOptions) => {
    const clock = new VirtualClock();
    const sentMs: number[] = [];
    const { transport } = new RecordingTransport(() => void sentMs.push(clock.time - 1234.5));
    const options = { ...FIXED, modules: 1, readouts: 8, readoutsPerPacket: 1, clock, transport };
    await new Simulator({ ...options, faults }).run();
    return sentMs.map(Math.round);
  };
  assertEquals(await times({}), [100, 200, 300, 400, 500, 600, 700, 800]);
  assertEquals(await times({ burst: true }), [400, 400, 400, 400, 800, 800, 800, 800]);
  assertEquals(await times({ reorder: 1 }), [200, 300, 400, 500, 600, 700, 800, 800]);
  const late = await times({ jitterMs: 50 });
  assert(late.some((ms, index) => ms > 100 * (index + 1)));
  assert(late.every((ms, index) => ms >= 100 * (index + 1) && ms <= 100 * (index + 1) + 50));
});

Deno.test("what is no manifest is refused in words", async () => {
  const { manifest } = await simulate({ modules: 2, readouts: 5, faults: { loss: 0.5 } });
  const wrong: [string, string][] = [
    ["", "it is not a manifest: it is not JSON"],
    ["\x89HDF\r\n\x1a", "it is not JSON"],
    ["null", "it is not an object"],
    ["{}", "its format is not ssdaq-manifest-1"],
    [toJson({ ...manifest, incomplete: true }), "it is incomplete"],
    [toJson({ ...manifest, segments: [] }), "it has no segments"],
    [toJson({ ...manifest, readouts: 2 ** 40 }), "over 2^31"],
    [toJson({ ...manifest, simulation: { modules: 99 } }), "modules is 99"],
    [toJson({ ...manifest, packets: [{ slot: 7 }] }), "a packet has no valid slot and readout"],
    [toJson({ ...manifest, packets: 5 }), "is not a list"],
  ];
  for (const [text, reason] of wrong) {
    assertThrows(() => parseManifest(text), OperationError, reason);
  }
});

Deno.test("an indexed manifest is refused for the same reasons as any other", () => {
  const bytes = (packets: string, more = "") =>
    new TextEncoder().encode(
      '{"version":"[{\\"packets\\":[","format":"ssdaq-manifest-1","incomplete":false,"readouts":20,' +
        '"simulation":{"modules":2,"readoutsPerPacket":10,"seed":1,"byteOrder":"big"},' +
        '"segments":[{"firstReadout":0,"rate":10,"firstTackNs":1,"firstAuxNs":1}],"silences":[],' +
        `"packets":${packets}${more}}`,
    );
  const { fates } = indexManifest(bytes(
    '[ {"slot":1,"firstReadout":10,"lost":true} ,\n{"slot":1,"firstReadout":10} ]',
  ));
  assertEquals(fates.get(1, 10), { slot: 1, firstReadout: 10 });
  assertEquals(fates.get(0, 10), undefined);
  for (
    const packets of [
      ...['[{"slot":2,"firstReadout":0}]', "[1]", "[null]", '["a"]', "[[]]", "{}", "7", "[,]"],
      ...['[{"slot":0,"firstReadout":0},]', '[{"slot":0 "firstReadout":0}]', "[{}{}]", "[{}", ""],
      ...['[{"slot":0,"firstReadout":0,"datagrams":[{"cutToBytes":-1}]}]', '[{"slot":0,]'],
    ]
  ) assertThrows(() => indexManifest(bytes(packets)), OperationError, "it is not a manifest: ");
  const twice = bytes("[]", ',"packets":[{"slot":0,"firstReadout":0}]');
  assertThrows(() => indexManifest(twice), OperationError, "packets is twice");
  assertThrows(() => indexManifest(new Uint8Array()), OperationError, "it is not JSON");
});
