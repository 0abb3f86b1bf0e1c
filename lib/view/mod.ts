/**
 * The live view: a page with the camera's image, its server, and a client.
 *
 * @example Follow a daemon's live view
 * ```ts
 * import { LiveClient } from "@ssdaq/ssdaq/view";
 *
 * using client = new LiveClient({
 *   url: "http://127.0.0.1:8642",
 *   pace: (draw) => setTimeout(draw, 50),
 *   onFrame: ({ event }) => console.log(event?.number),
 *   onStatus: () => {},
 *   onUnexpected: (reason) => console.error(reason),
 *   onRefused: (httpStatus) => console.error(httpStatus),
 * });
 * console.log(client.connected);
 * ```
 *
 * @module
 */

export * from "./protocol/frame.ts";
export * from "./protocol/live_status.ts";
export * from "./client/live_client.ts";
export * from "./server/live_view.ts";
export { WebSocketDoor } from "../http/web_socket_door.ts";
export * from "./source/listened_camera.ts";
