import { compareAll } from "../../../../cli/commands/check/compare_all.ts";
import { Problems } from "../../../../cli/commands/check/problems.ts";
import { ReadoutComparison } from "../../../../cli/commands/check/readout_comparison.ts";
import { RowDecoder } from "../../../../cli/commands/check/row_decoder.ts";
import { RowProblems } from "../../../../cli/commands/check/row_problems.ts";
import { type SentPacket, SentReadouts } from "../../../../cli/commands/check/sent_readouts.ts";
import { StoredEvents } from "../../../../cli/commands/check/stored_events.ts";
import { encodeRow, RowBuffer } from "../../../../lib/recording/table/row.ts";
import type { CameraEvent } from "../../../../lib/wire/event.ts";
import type { ByteOrder } from "../../../../lib/wire/packet.ts";

/** What is compared. */
interface Compared {
  packets: Iterable<SentPacket>;
  events?: readonly CameraEvent[];
  byteOrder?: ByteOrder;
  /** Memory for each side; the smallest puts every record into a file at once. */
  bufferBytes?: number;
}

/** Compares packets and events as `ssdaq check` does; each row is named by its number. */
export async function compared(
  { packets, events = [], byteOrder = "big", bufferBytes }: Compared,
): Promise<{ sent: SentReadouts; stored: StoredEvents; problems: Problems }> {
  using comparison = new ReadoutComparison(1000, bufferBytes);
  const sent = new SentReadouts(byteOrder, comparison);
  for (const packet of packets) sent.add(packet);
  const rowProblems = new RowProblems();
  const stored = new StoredEvents(comparison, rowProblems);
  addEvents(stored, events);
  Array.from(compareAll(comparison, sent, stored, rowProblems));
  const problems = new Problems();
  await rowProblems.tell(problems, (row) => Promise.resolve(`row ${row}`));
  return { sent, stored, problems };
}

/** Adds events as rows of a file. */
export function addEvents(stored: StoredEvents, events: readonly CameraEvent[]): void {
  const rows = new RowBuffer(Math.max(1, events.length));
  for (const [index, event] of events.entries()) encodeRow(event, rows, index);
  const row = new RowDecoder();
  row.block(rows.bytes);
  for (let index = 0; index < events.length; index++) {
    row.row(index);
    stored.add(row);
  }
}
