import type { SentPacket } from "../../../../cli/commands/check/sent_readouts.ts";
import { toJson } from "../../../../lib/text/json.ts";
import { CameraEvent } from "../../../../lib/wire/event.ts";
import { adcToMillivolts, type ByteOrder, decodePacket } from "../../../../lib/wire/packet.ts";
import { highU32, lowU32 } from "../../../../lib/wire/tack.ts";
import type { FaultOptions } from "../../../../sim/faults/fault_options.ts";
import type { Manifest } from "../../../../sim/manifest/manifest.ts";
import { packetsOf } from "../../../../sim/manifest/manifest_replay.ts";
import { parseManifest } from "../../../../sim/manifest/parse_manifest.ts";
import { Simulator } from "../../../../sim/simulator.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { nth } from "../../../elements.ts";
import { fc } from "../../../property.ts";
import { RecordingTransport } from "../../../sim/recording_transport.ts";
import { VirtualClock } from "../../../sim/virtual_clock.ts";
import { compared } from "./compared.ts";
import { naiveCheck } from "./naive_check.ts";

/** A simulator that runs once; another one follows it, or runs beside it. */
interface Simulated {
  seed: number;
  readouts: number;
  firstTackNs: bigint;
  /** Its clock is wrong by so much for the auxiliary stamps. */
  skewNs: bigint;
  faults: FaultOptions;
}

/** What happens to the events on their way into files. */
type Mishap = { kind: "drop" | "repeat" | "swap" | "alter" | "retime" | "retell"; at: number };

const probability = fc.constantFrom(0, 0, 0.1, 0.5);
const moment = fc.record({ slot: fc.nat(3), atMs: fc.nat(2000) });
const faults = fc.record<FaultOptions>({
  loss: probability,
  duplicate: probability,
  reorder: probability,
  corrupt: probability,
  truncate: probability,
  jitterMs: fc.constantFrom(0, 300),
  burst: fc.boolean(),
  kill: fc.array(moment, { maxLength: 2 }),
  revive: fc.array(moment, { maxLength: 2 }),
  resetTackAtMs: fc.array(fc.nat(2000), { maxLength: 3 }),
}, { requiredKeys: [] });
const simulated = fc.record<Simulated>({
  // Few values, so that simulators are restarted with the same signals and times.
  seed: fc.constantFrom(1, 1, 2),
  readouts: fc.integer({ min: 1, max: 25 }),
  firstTackNs: fc.constantFrom(
    1_790_000_000_000_000_001n,
    1_000_000_000n,
    2n ** 64n - 500_000_000n,
  ),
  skewNs: fc.constantFrom(0n, 7n),
  faults,
});
const mishaps = fc.array(
  fc.record<Mishap>({
    kind: fc.constantFrom("drop", "repeat", "swap", "alter", "retime", "retell"),
    at: fc.nat(10_000),
  }),
  { maxLength: 12 },
);

/** Runs a simulator; its manifest through its JSON, and the datagrams as they arrived. */
async function simulate(options: Simulated, byteOrder: ByteOrder) {
  const { packets, transport } = new RecordingTransport();
  const { skewNs, ...rest } = options;
  const firstAuxNs = BigInt.asUintN(64, options.firstTackNs + skewNs);
  const simulator = new Simulator({
    ...{ ...rest, firstAuxNs, byteOrder, modules: 4, readoutsPerPacket: 3 },
    ...{ clock: new VirtualClock(), transport },
  });
  await simulator.run();
  return { manifest: parseManifest(toJson(simulator.manifest)), packets };
}

/** The events that datagrams make: all readouts of one time, in the order of arrival. */
function eventsOf(
  packets: readonly { module: number; bytes: Uint8Array }[],
  byteOrder: ByteOrder,
): CameraEvent[] {
  const events = new Map<string, CameraEvent>();
  for (const { module: slot, bytes } of packets) {
    const readouts = decodePacket(bytes, byteOrder);
    for (const { tPrim, tAux, words } of typeof readouts === "string" ? [] : readouts) {
      // A second readout of the slot makes a second event if it differs, and is dropped if not.
      const key = [`${tPrim}`, `${tPrim} again`].find((key) =>
        (((events.get(key)?.mask ?? 0) >>> slot) & 1) === 0
      );
      if (key === undefined) continue;
      const event = events.get(key) ?? new CameraEvent();
      events.set(key, event);
      event.mask |= 1 << slot;
      event.timestampNs = tPrim;
      event.setTimes(slot, highU32(tPrim), lowU32(tPrim), highU32(tAux), lowU32(tAux));
      event.module(slot).set(Array.from(words, adcToMillivolts));
    }
  }
  return [...events.values()];
}

function copyOf(event: CameraEvent): CameraEvent {
  return new CameraEvent(event.bytes.slice().buffer);
}

/** The rows of the files, after what happened to the events. */
function happened(events: CameraEvent[], mishaps: readonly Mishap[]): CameraEvent[] {
  const rows = events.map(copyOf);
  rows.forEach((row, index) => {
    row.number = BigInt(index + 1);
    row.run = 1n;
  });
  for (const { kind, at } of mishaps) {
    if (rows.length === 0) break;
    const index = at % rows.length;
    const row = copyOf(nth(rows, index));
    const slot = [0, 1, 2, 3].find((slot) => ((row.mask >>> slot) & 1) === 1) ?? 0;
    if (kind === "drop") rows.splice(index, 1);
    if (kind === "repeat") rows.splice((at * 7) % (rows.length + 1), 0, row);
    if (kind === "swap") rows.push(...rows.splice(index, 1));
    // The files of a second recorder, or the same ones given twice.
    if (kind === "retell" && rows.length < 200) rows.push(...rows.map(copyOf));
    if (kind === "alter") row.module(slot)[at % 64] = 17.5 + at;
    if (kind === "retime") {
      row.setTimes(slot, highU32(row.tPrim(slot)), lowU32(row.tPrim(slot)) ^ 1, 0, at);
    }
    if (kind === "alter" || kind === "retime") rows[index] = row;
  }
  return rows;
}

function* packetsOfAll(manifests: readonly Manifest[]): Generator<SentPacket> {
  for (const manifest of manifests) yield* packetsOf(manifest);
}

Deno.test("check finds in bounded memory what the plainest check finds, whatever happened", async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(simulated, { minLength: 1, maxLength: 3 }),
      mishaps,
      fc.constantFrom<ByteOrder>("big", "little"),
      // From every record in a file at once to none.
      fc.constantFrom(0, 4096, 2 ** 20),
      async (simulations, mishaps, byteOrder, bufferBytes) => {
        const runs = await Promise.all(simulations.map((each) => simulate(each, byteOrder)));
        const manifests = runs.map(({ manifest }) => manifest);
        const events = happened(
          eventsOf(runs.flatMap(({ packets }) => packets), byteOrder),
          mishaps,
        );
        const naive = naiveCheck(packetsOfAll(manifests), events, byteOrder === "little");
        const packets = packetsOfAll(manifests);
        const { sent, stored, problems } = await compared({
          ...{ packets, events, byteOrder, bufferBytes },
        });
        assertEquals({
          fates: Object.fromEntries(Object.entries(sent.fates).filter(([, many]) => many > 0)),
          stored: stored.readouts,
          count: problems.count,
          texts: problems.texts,
        }, naive);
        for (const text of naive.texts) seen.add(text.replaceAll(/\d+/g, ""));
        for (const fate of Object.keys(naive.fates)) seen.add(fate);
      },
    ),
    { numRuns: 60 },
  );
  // What the cases had: every kind of problem, and every fate that these faults cause.
  assert(seen.has("stored") && seen.has("altered") && seen.has("missing"), [...seen].join("\n"));
  for (const kind of [/stored twice/, /never sent/, /other voltages/, /stored after/, /its time/]) {
    assert([...seen].some((text) => kind.test(text)), `${kind}`);
  }
});
