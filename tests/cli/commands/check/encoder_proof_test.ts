import { EncoderProof } from "../../../../cli/commands/check/encoder_proof.ts";
import { ExpectedTimes } from "../../../../cli/commands/check/expected_times.ts";
import { Problems } from "../../../../cli/commands/check/problems.ts";
import type { Manifest, Segment } from "../../../../sim/mod.ts";
import { packetsOf } from "../../../../sim/manifest/manifest_replay.ts";
import { SCENES } from "../../../../sim/scene/scene.ts";
import { assertEquals, assertMatch } from "../../../assert.ts";
import { first, flipBits, only } from "../../../elements.ts";
import { fc } from "../../../property.ts";

const SEGMENT: Segment = {
  ...{ firstReadout: 0, rate: 10, firstTackNs: 1_790_000_000_000_000_001n, firstAuxNs: 7n },
};

/** A manifest of a run without faults. */
function manifestOf(changes: Partial<Manifest["simulation"]>, segments = [SEGMENT]): Manifest {
  return {
    ...{ format: "ssdaq-manifest-1", version: "0", startTime: "", readouts: 20, silences: [] },
    ...{ segments, packets: [], incomplete: false, slots: [], totals: {} as Manifest["totals"] },
    simulation: { modules: 3, readoutsPerPacket: 4, seed: 1, byteOrder: "big", ...changes },
  };
}

/** The problems of all packets, after a change of each. */
function problemsOf(manifest: Manifest, change = (_made: Uint8Array) => {}): string[] {
  const problems = new Problems();
  const proof = new EncoderProof(manifest, problems);
  for (const packet of packetsOf(manifest)) {
    change(packet.made);
    proof.check(packet);
  }
  return problems.texts;
}

Deno.test("check finds no fault in what the simulator packs, whatever it simulates", () => {
  const rate = fc.double({ min: 1e-3, max: 1e9, noNaN: true });
  const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(
      fc.record({
        modules: fc.integer({ min: 1, max: 4 }),
        readoutsPerPacket: fc.integer({ min: 1, max: 7 }),
        seed: fc.nat(),
        byteOrder: fc.constantFrom("big", "little"),
        scene: fc.constantFrom(...SCENES),
        deadPixels: fc.array(fc.nat(255), { maxLength: 3 }),
      }),
      fc.array(fc.record({ rate, firstTackNs: time, firstAuxNs: time }), {
        minLength: 1,
        maxLength: 4,
      }),
      (simulation, changes) => {
        const segments = changes.map((change, index) => ({
          ...change,
          firstReadout: index * simulation.readoutsPerPacket,
        }));
        assertEquals(problemsOf(manifestOf(simulation, segments)), []);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("check names each byte of a packet that the simulator makes wrong", () => {
  const manifest = manifestOf({});
  const at = (offset: number) =>
    first(problemsOf(manifest, (made) => flipBits(made, 144 + offset, 1)));
  const name = "the simulator's packet of slot 0 from readout 0 on: ";
  for (const offset of [0, 7, 72, 79]) {
    assertEquals(at(offset), `${name}readout 1 has other times than made`);
  }
  for (const [offset, line] of [[8, 0], [71, 31], [80, 32], [143, 63]] as const) {
    assertMatch(at(offset), new RegExp(`^${name}raw line ${line} of readout 1 is 0x.* is 0x`));
  }
});

Deno.test("check names a dead pixel that is not dead, and a packet that is none", () => {
  const manifest = manifestOf({ modules: 1, readoutsPerPacket: 1 });
  const dead = { ...manifest.simulation, deadPixels: [5] };
  const problems = new Problems();
  const proof = new EncoderProof({ ...manifest, simulation: dead }, problems);
  const packet = packetsOf(manifest).next().value;
  if (packet === undefined) throw new Error("no packet");
  proof.check(packet);
  assertMatch(only(problems.texts), /the dead raw line 5 is not 0 mV$/);
  proof.check({ ...packet, made: packet.made.subarray(1) });
  assertMatch(problems.texts[1] ?? "", /is malformed: fractional$/);
});

Deno.test("check expects the times that a manifest promises, to the nanosecond", () => {
  const expected = new ExpectedTimes([
    { firstReadout: 0, rate: 3, firstTackNs: 2n ** 64n - 333_333_333n, firstAuxNs: 0n },
    { firstReadout: 4, rate: 0.1, firstTackNs: 1_000_000_000n, firstAuxNs: 5n },
  ]);
  const times = (readout: number) => {
    const halves = new Uint32Array(4);
    expected.into(readout, halves, 0);
    const [a = 0, b = 0, c = 0, d = 0] = halves;
    return [(BigInt(a) << 32n) + BigInt(b), (BigInt(c) << 32n) + BigInt(d)];
  };
  assertEquals(times(0), [2n ** 64n - 333_333_333n, 0n]);
  assertEquals(times(1), [0n, 333_333_333n]);
  // Two thirds of a second, rounded up.
  assertEquals(times(2), [333_333_334n, 666_666_667n]);
  assertEquals(times(4), [1_000_000_000n, 5n]);
  // The double 0.1 is a little more than a tenth.
  assertEquals(times(5), [11_000_000_000n - 0n, 10_000_000_005n]);
});
