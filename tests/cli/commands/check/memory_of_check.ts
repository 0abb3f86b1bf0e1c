/**
 * Compares a night of so many events, and then one of four times as many, without files of events.
 * Prints the peak of the process's memory after each, in KiB: `memory_test.ts` runs it.
 *
 * @module
 */

import { compareAll } from "../../../../cli/commands/check/compare_all.ts";
import { ReadoutComparison } from "../../../../cli/commands/check/readout_comparison.ts";
import { RowDecoder } from "../../../../cli/commands/check/row_decoder.ts";
import { RowProblems } from "../../../../cli/commands/check/row_problems.ts";
import { SentReadouts } from "../../../../cli/commands/check/sent_readouts.ts";
import { StoredEvents } from "../../../../cli/commands/check/stored_events.ts";
import { encodeRow, RowBuffer } from "../../../../lib/recording/table/row.ts";
import { CameraEvent } from "../../../../lib/wire/event.ts";
import { PacketView } from "../../../../lib/wire/packet.ts";
import { simulatedTicks } from "../../../../sim/simulated_packets.ts";
import { simulationSettings } from "../../../../sim/simulation_options.ts";

/** Memory of each side before its records go to a file. */
const BUFFER_BYTES = 2 ** 20;

/** Compares a night, of which every event is stored but every hundredth twice. */
function night(events: number): void {
  using comparison = new ReadoutComparison(32 * events, BUFFER_BYTES);
  const sent = new SentReadouts("big", comparison);
  const problems = new RowProblems();
  const stored = new StoredEvents(comparison, problems);
  const [rows, row, view] = [new RowBuffer(1), new RowDecoder(), new PacketView()];
  row.block(rows.bytes);
  const times = { firstTackNs: 1_790_000_000_000_000_001n, firstAuxNs: 7n };
  const settings = simulationSettings({ readouts: events, readoutsPerPacket: 1, ...times });
  const event = new CameraEvent();
  event.run = 1n;
  event.mask = 0xffffffff;
  for (const { firstReadout, packets } of simulatedTicks(settings)) {
    for (const { slot, bytes } of packets) {
      sent.add({ slot, made: bytes, datagrams: [bytes] });
      view.read(bytes, 0, bytes.length);
      view.millivoltsInto(0, event.millivolts, 64 * slot);
      event.setTimes(slot, view.tackHigh(0), view.tackLow(0), view.auxHigh(0), view.auxLow(0));
      event.setTimestamp(view.tackHigh(0), view.tackLow(0));
    }
    event.number = BigInt(firstReadout + 1);
    encodeRow(event, rows, 0);
    row.row(0);
    stored.add(row);
    if (firstReadout % 100 === 0) stored.add(row);
  }
  Array.from(compareAll(comparison, sent, stored, problems));
  const twice = Math.ceil(events / 100);
  const [wrong, whole] = [problems.count - twice, sent.fates.stored / 32];
  if (whole !== events || wrong !== 32 * twice) throw new Error(`${whole} events, ${wrong} wrong`);
}

function peakKib(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

const events = Number(Deno.args[0]);
const peaks = [1, 4].map((times) => {
  night(times * events);
  return peakKib();
});
// deno-lint-ignore no-console -- the result
console.log(JSON.stringify(peaks));
