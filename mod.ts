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
export { formatIpAddress, parseIpAddress } from "./lib/receiver/ip_address.ts";

export * from "./lib/camera.ts";
export * from "./lib/module_map.ts";
export * from "./lib/packet.ts";
export * from "./lib/builder/arrival.ts";
export * from "./lib/builder/builder.ts";
export * from "./lib/event.ts";
export * from "./lib/run_id.ts";
export * from "./lib/event_summary.ts";
export * from "./lib/amplitudes.ts";

export * from "./lib/acquisition.ts";
export * from "./lib/publisher/publisher.ts";
export * from "./lib/publisher/replay_buffer.ts";
export * from "./lib/control/control_server.ts";
export * from "./lib/control/daemon_routes.ts";
export * from "./lib/control/daemon_status.ts";
export { DaemonRates } from "./lib/control/daemon_rates.ts";
export * from "./lib/control/recorder_routes.ts";
export * from "./lib/control/recorder_status.ts";
export { RateWatch } from "./lib/control/rate_watch.ts";
export * from "./lib/control/control_client.ts";

export * from "./lib/view/live_view.ts";
export * from "./lib/view/live_status.ts";
export * from "./lib/view/listened_camera.ts";
export * from "./lib/view/live_client.ts";
export { decodeFrame, type Frame, type ModuleAges, type ShownEvent } from "./lib/view/frame.ts";

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

export * from "./lib/listener/event_source.ts";
export * from "./lib/listener/replay_client.ts";
export * from "./lib/listener/listener.ts";

export * from "./lib/recorder.ts";
export * from "./lib/writer/event_writer.ts";
export * from "./lib/writer/destination.ts";
export * from "./lib/writer/compression.ts";
export * from "./lib/writer/table_reader.ts";
export * from "./lib/writer/row.ts";
export * from "./lib/writer/ledger_row.ts";
export * from "./lib/writer/lookup3.ts";
export * from "./lib/writer/file_summary.ts";
export { lastEvents, repairFile, type RepairReport } from "./lib/writer/repair.ts";
export { resumePoint } from "./lib/writer/resume.ts";

export * from "./lib/ledger.ts";
export * from "./lib/errors.ts";
export * from "./lib/wall_clock.ts";
export { VERSION } from "./lib/version.ts";
