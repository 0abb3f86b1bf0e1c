/** Maximum size of a request's body, bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Whether a request has a body. In HTTP/1.1 these headers announce one. */
export function hasBody(headers: Headers): boolean {
  return headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
}

/**
 * Reads a request's body to its end and ignores it: no route needs one.
 *
 * @returns false if it is longer than 64 KiB; the rest is not read
 */
export async function readBody({ body, headers }: Request): Promise<boolean> {
  if (body === null) return true;
  if (Number(headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return false;
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return false;
  }
  return true;
}
