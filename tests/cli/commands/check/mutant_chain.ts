/**
 * The whole chain in one process, without sockets: the simulator's packets are built into events as
 * the daemon does it, stored as the recorder does it, and checked by `ssdaq check`. Prints what check
 * found, as JSON. `mutants_test.ts` runs it with a mistake in one of its files.
 *
 * @module
 */

import { check } from "../../../../cli/commands/check/check.ts";
import type { Terminal } from "../../../../cli/terminal/terminal.ts";
import { Builder } from "../../../../lib/builder/builder.ts";
import { newDaemonLedger } from "../../../../lib/ledger/ledger.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { toJson } from "../../../../lib/text/json.ts";
import { PacketView } from "../../../../lib/wire/packet.ts";
import { Simulator } from "../../../../sim/simulator.ts";
import { RecordingTransport } from "../../../sim/recording_transport.ts";
import { VirtualClock } from "../../../sim/virtual_clock.ts";

const [folder = ""] = Deno.args;
const files = { manifest: `${folder}/out.json`, table: `${folder}/run.h5` };

const { packets, transport } = new RecordingTransport();
const simulator = new Simulator({
  ...{ modules: 2, readouts: 30, readoutsPerPacket: 10, clock: new VirtualClock(), transport },
  ...{ firstTackNs: 1_790_000_000_000_000_001n, firstAuxNs: 5_000_000_007n, deadPixels: [70] },
});
await simulator.run();
Deno.writeTextFileSync(files.manifest, toJson(simulator.manifest));

const builder = new Builder({ slots: 3 }, newDaemonLedger());
const view = new PacketView();
for (const [index, { module: slot, bytes }] of packets.entries()) {
  if (view.read(bytes, 0, bytes.length) !== undefined) continue;
  const time = { nowMs: index, receiveSeconds: 1_790_000_000, receiveNanoseconds: index };
  builder.add({ slot, packet: view, ...time });
}
{
  await using writer = await EventWriter.open({
    destination: { file: files.table },
    compression: "none",
    provenance: {},
  });
  writer.write(builder.emit(100_000), 0);
}

const terminal = { status() {} } as unknown as Terminal;
const { data } = await check.run(
  {
    values: { manifest: [files.manifest], status: [] },
    operands: [files.table],
    terminal,
    signal: new AbortController().signal,
  } as unknown as Parameters<typeof check.run>[0],
);
// deno-lint-ignore no-console -- the result
console.log(toJson(data));
