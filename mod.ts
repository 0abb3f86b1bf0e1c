/**
 * ssdaq: data acquisition for the slow-signal stream of a gamma-ray telescope camera.
 *
 * Reading this page from top to bottom is following a packet: from the simulated module that sends
 * it, through the socket, the builder and ZeroMQ, to the file.
 *
 * @example Write a receiver of your own: packets in, events out
 * ```ts
 * import { Builder, newDaemonLedger, openPacketSocket, PacketView } from "@ssdaq/ssdaq";
 * import { ModuleMap, Simulator } from "@ssdaq/ssdaq";
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
 *     const refusal = packet.read(ring.bytes, ring.offset(at), ring.lengthBytes(at));
 *     if (refusal === undefined) {
 *       builder.add({
 *         slot: modules.slotOf(ring.sources, ring.sourceAt(at)),
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

export * from "./sim/simulator.ts";
export * from "./sim/simulator_options.ts";
export * from "./sim/simulator_summary.ts";
export * from "./sim/simulator_routes.ts";
export * from "./sim/simulator_status.ts";
export * from "./sim/fault_options.ts";
export { type SceneName, SCENES } from "./sim/scene/scene.ts";
export * from "./sim/packet_fate.ts";
export * from "./sim/manifest.ts";
export * from "./sim/parse_manifest.ts";
export * from "./sim/manifest_replay.ts";
export * from "./sim/simulated_camera.ts";
export * from "./sim/simulated_packets.ts";

export * from "./lib/receiver/packet_socket.ts";
export * from "./lib/receiver/open_packet_socket.ts";
export * from "./lib/receiver/packet_ring.ts";
export { formatIpAddress, parseIpAddress } from "./lib/address/ip_address.ts";

export * from "./lib/wire/camera.ts";
export * from "./lib/address/module_map.ts";
export * from "./lib/wire/packet.ts";
export * from "./lib/builder/arrival.ts";
export * from "./lib/builder/builder.ts";
export * from "./lib/wire/event.ts";
export * from "./lib/wire/run_id.ts";
export * from "./lib/statistics/event_summary.ts";
export * from "./lib/statistics/amplitudes.ts";

export * from "./lib/daemon/acquisition.ts";
export * from "./lib/publisher/publisher.ts";
export * from "./lib/replay/replay_buffer.ts";
export * from "./lib/http/server.ts";
export * from "./lib/daemon/routes.ts";
export * from "./lib/daemon/status.ts";
export { DaemonRates } from "./lib/daemon/rates.ts";
export * from "./lib/recorder/routes.ts";
export * from "./lib/recorder/status.ts";
export { RateWatch } from "./lib/ledger/rate_watch.ts";
export * from "./lib/http/client.ts";

export * from "./lib/view/server/live_view.ts";
export * from "./lib/view/protocol/live_status.ts";
export * from "./lib/view/server/listened_camera.ts";
export * from "./lib/view/client/live_client.ts";
export {
  decodeFrame,
  type Frame,
  type ModuleAges,
  type ShownEvent,
} from "./lib/view/protocol/frame.ts";

export * from "./lib/picture/camera_picture.ts";
export { type Scale } from "./lib/picture/scale.ts";
export * from "./lib/picture/pixel_statistics.ts";
export * from "./lib/picture/series.ts";
export * from "./lib/picture/series_picture.ts";
export * from "./lib/picture/terminal_picture.ts";
export { pngOf } from "./lib/picture/png.ts";

export * from "./lib/export/event_columns.ts";
export * from "./lib/export/csv_export.ts";
export * from "./lib/export/npz_export.ts";
export * from "./lib/export/parquet_export.ts";

export * from "./lib/replay/event_source.ts";
export * from "./lib/replay/replay_client.ts";
export * from "./lib/listener/listener.ts";

export * from "./lib/recorder/recorder.ts";
export * from "./lib/recording/write/event_writer.ts";
export * from "./lib/recording/write/destination.ts";
export * from "./lib/recording/table/compression.ts";
export * from "./lib/recording/read/table_reader.ts";
export * from "./lib/recording/table/row.ts";
export * from "./lib/recording/table/ledger_row.ts";
export * from "./lib/recording/hdf5/lookup3.ts";
export * from "./lib/recording/read/file_summary.ts";
export { lastEvents, repairFile, type RepairReport } from "./lib/recording/repair/repair.ts";
export { resumePoint } from "./lib/recording/write/resume.ts";

export * from "./lib/ledger/ledger.ts";
export * from "./lib/errors.ts";
export * from "./lib/time/wall_clock.ts";
export { VERSION } from "./lib/version.ts";
