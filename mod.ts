/**
 * ssdaq: data acquisition for the slow-signal stream of a gamma-ray telescope camera.
 *
 * This is the main entry, with everything for programs that simulate, receive, build, publish,
 * listen, record and read events. Its exports are in the order of the data flow, from the simulated
 * module to the file. Each part has its own entry with all its exports:
 *
 * | import                    | offers                                                          |
 * | ------------------------- | --------------------------------------------------------------- |
 * | `@ssdaq/ssdaq/wire`       | packets, events and the camera: sizes, offsets, decode, encode  |
 * | `@ssdaq/ssdaq/sim`        | simulated modules, faults, manifests                            |
 * | `@ssdaq/ssdaq/receiver`   | sockets, the packet ring, the module of an address              |
 * | `@ssdaq/ssdaq/builder`    | readouts to events                                              |
 * | `@ssdaq/ssdaq/publisher`  | events to ZeroMQ                                                |
 * | `@ssdaq/ssdaq/listener`   | ZeroMQ to events, with gaps filled                              |
 * | `@ssdaq/ssdaq/replay`     | the last events, kept and fetched                               |
 * | `@ssdaq/ssdaq/recording`  | HDF5 files: write, read, repair, continue                       |
 * | `@ssdaq/ssdaq/daemon`     | the daemon's loop, its status, routes and metrics               |
 * | `@ssdaq/ssdaq/recorder`   | the recorder's loop, its status, routes and metrics             |
 * | `@ssdaq/ssdaq/http`       | the control port: server and client                             |
 * | `@ssdaq/ssdaq/view`       | the live page: server and client                                |
 * | `@ssdaq/ssdaq/picture`    | camera images and time series as SVG, PNG or text               |
 * | `@ssdaq/ssdaq/export`     | CSV, NumPy and Parquet                                          |
 * | `@ssdaq/ssdaq/ledger`     | every counter, and the equations between them                   |
 * | `@ssdaq/ssdaq/statistics` | an event in numbers                                             |
 *
 * @example Write your own receiver: packets in, events out
 * ```ts
 * import { Builder, newDaemonLedger, openPacketSocket, PacketView } from "@ssdaq/ssdaq";
 * import { ModuleMap, Simulator } from "@ssdaq/ssdaq";
 * import { NO_SLOT } from "@ssdaq/ssdaq/wire";
 *
 * await using socket = openPacketSocket({ hostname: "127.0.0.1", port: 0 });
 * const simulator = new Simulator({ target: socket.address, readouts: 10, speed: Infinity });
 * const sent = await simulator.run();
 *
 * const ledger = newDaemonLedger();
 * const builder = new Builder({ run: 1n }, ledger);
 * const packet = new PacketView();
 * const modules = ModuleMap.ofBase(1);
 * const { ring } = socket;
 * while (ledger.readouts.decoded < sent.readoutsSent) {
 *   await socket.readable(1000);
 *   for (let left = ring.length; left > 0; left--) {
 *     const at = ring.tailSlot;
 *     const slot = modules.slotOf(ring.sources, ring.sourceAt(at));
 *     const refusal = packet.read(ring.bytes, ring.offset(at), ring.lengthBytes(at));
 *     if (slot !== NO_SLOT && refusal === undefined) {
 *       builder.add({
 *         slot,
 *         packet,
 *         nowMs: performance.now(),
 *         receiveSeconds: ring.receiveSeconds(at),
 *         receiveNanoseconds: ring.receiveNanoseconds(at),
 *       });
 *     }
 *     ring.release(1);
 *   }
 *   for (const event of builder.emit(performance.now())) {
 *     console.log(`event ${event.number} at ${event.timestampNs} ns`);
 *   }
 * }
 * ```
 *
 * @module
 */

export { Simulator } from "./sim/simulator.ts";
export type { SimulatorOptions } from "./sim/simulator_options.ts";
export type { SimulatorSummary } from "./sim/simulator_summary.ts";

export { openPacketSocket, type PacketSocketOptions } from "./lib/receiver/open_packet_socket.ts";
export type { PacketSocket } from "./lib/receiver/packet_socket.ts";
export { type ModuleAddress, ModuleMap } from "./lib/address/module_map.ts";
export { PacketView } from "./lib/wire/packet.ts";

export { Builder, type BuilderOptions } from "./lib/builder/builder.ts";
export { type CameraEvent, decodeEvent, encodeEvent, EventFlag } from "./lib/wire/event.ts";
export { Acquisition, type AcquisitionOptions } from "./lib/daemon/acquisition.ts";
export { Publisher, type PublisherOptions } from "./lib/publisher/publisher.ts";
export { ReplayBuffer } from "./lib/replay/replay_buffer.ts";

export { Listener, type ListenerOptions } from "./lib/listener/listener.ts";
export { ReplayClient, type ReplayClientOptions } from "./lib/replay/replay_client.ts";
export { Recorder, type RecorderLimits } from "./lib/recorder/recorder.ts";
export { EventWriter, type EventWriterOptions } from "./lib/recording/write/event_writer.ts";
export type { Destination } from "./lib/recording/write/destination.ts";
export { TableReader } from "./lib/recording/read/table_reader.ts";

export {
  brokenIdentities,
  type DaemonLedger,
  newDaemonLedger,
  newRecorderLedger,
  type RecorderLedger,
} from "./lib/ledger/ledger.ts";
export { ConfigurationError, OperationError, UnavailableError, ValueError } from "./lib/errors.ts";
export { type Log, type Notice, NOTICE_LEVELS, type NoticeLevel } from "./lib/notice.ts";
export type { Advise, Particulars } from "./lib/notice.ts";
export { VERSION } from "./lib/version.ts";
