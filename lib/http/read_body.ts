/** What a request's body may have, bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Whether a request has a body, by what HTTP/1.1 says of one: without these headers it has none. */
export function hasBody(headers: Headers): boolean {
  return headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
}

/**
 * Reads a request's body to its end and leaves it, for no route needs one.
 *
 * @returns false when it is longer than 64 KiB; it is not read on then
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
