import type { ServerResponse } from "node:http";

/**
 * Writes an answer, part by part, as fast as its client reads it: at most one part waits.
 *
 * @returns once all of it is with the system, or the client has gone
 */
export async function sendAnswer(answer: Response, to: ServerResponse): Promise<void> {
  const gone = Promise.withResolvers<void>();
  to.once("close", gone.resolve);
  for (const [name, value] of answer.headers) to.setHeader(name, value);
  to.statusCode = answer.status;
  const parts = answer.body?.getReader();
  try {
    let part = await parts?.read();
    if (part?.value === undefined) return await end(to, gone.promise);
    let next = await parts?.read();
    // Most answers have one part: then its length is known.
    if (next?.value === undefined) to.setHeader("content-length", part.value.length);
    for (; part?.value !== undefined; part = next, next = await parts?.read()) {
      if (to.destroyed) return;
      if (!to.write(part.value)) {
        const drained = Promise.withResolvers<void>();
        to.once("drain", drained.resolve);
        await Promise.race([drained.promise, gone.promise]);
        to.off("drain", drained.resolve);
      }
    }
    await end(to, gone.promise);
  } finally {
    await parts?.cancel();
  }
}

async function end(to: ServerResponse, gone: Promise<void>): Promise<void> {
  const finished = Promise.withResolvers<void>();
  to.end(() => finished.resolve());
  await Promise.race([finished.promise, gone]);
}
