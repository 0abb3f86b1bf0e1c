import type { IncomingMessage } from "node:http";

/** Maximum size of a request's body, bytes. */
export const MAX_BODY_BYTES: number = 64 * 1024;

/** Whether a request has a body. In HTTP/1.1 these headers announce one. */
export function hasBody(headers: Headers): boolean {
  return headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
}

/**
 * Reads a request's body to its end and ignores it: no route needs one.
 *
 * @returns `too long` for more than 64 KiB; `broken off` if the client goes, or has sent no body
 */
export function readBody(request: IncomingMessage): Promise<"read" | "too long" | "broken off"> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
    return Promise.resolve("too long");
  }
  const { promise, resolve } = Promise.withResolvers<"read" | "too long" | "broken off">();
  let bytes = 0;
  request.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) return;
    request.pause();
    resolve("too long");
  });
  request.on("end", () => resolve("read"));
  request.on("error", () => resolve("broken off"));
  request.on("close", () => resolve("broken off"));
  return promise;
}
