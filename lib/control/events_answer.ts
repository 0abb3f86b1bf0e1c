import { type CameraEvent, EVENT_BYTES } from "../event.ts";
import type { ReplayBuffer } from "../publisher/replay_buffer.ts";
import { textAnswer } from "./answer.ts";

/** Events in one answer, at most: 8.7 MB. */
export const MAX_EVENTS_PER_ANSWER = 512;

/** Events written at once: under a millisecond. */
const EVENTS_PER_CHUNK = 16;

const HOW = "give run=N&from=N, and to=N for an end: whole numbers from 0 to 2^64 - 1";

/**
 * Events of a run from the replay buffer, as event messages of 16952 bytes one after another, in
 * rising order: those it holds of the numbers asked for, at most 512. Whoever wants more asks again.
 *
 * @param query `run`, `from` and, if there is to be an end, `to`
 * @param signal ends the answer early
 */
export function eventsAnswer(
  replay: ReplayBuffer | undefined,
  query: URLSearchParams,
  signal: AbortSignal,
): Response {
  const [run, from, to] = ["run", "from", "to"].map((key) => numberOf(query, key));
  const asked = [...query.keys()];
  const known = asked.every((key) => ["run", "from", "to"].includes(key));
  const isWrong = !known || new Set(asked).size < asked.length || to === null;
  if (typeof run !== "bigint" || typeof from !== "bigint" || isWrong) return textAnswer(400, HOW);
  const events = replay?.range(run, from, to, MAX_EVENTS_PER_ANSWER) ?? [];
  return new Response(streamOf(events, signal), {
    headers: {
      "content-type": "application/octet-stream",
      "content-length": `${events.length * EVENT_BYTES}`,
    },
  });
}

/** A parameter's number; undefined where it is not given, null where it is none. */
function numberOf(query: URLSearchParams, key: string): bigint | undefined | null {
  const text = query.get(key);
  if (text === null) return undefined;
  if (!/^\d{1,20}$/.test(text)) return null;
  const number = BigInt(text);
  return number < 2n ** 64n ? number : null;
}

/** Copied piece by piece as the client reads, for what a stream is given it may take away. */
function streamOf(events: readonly CameraEvent[], signal: AbortSignal): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    start(controller) {
      signal.addEventListener("abort", () => {
        if (next < events.length) controller.error(new Error("the request took too long"));
      }, { once: true });
    },
    pull(controller) {
      const end = Math.min(next + EVENTS_PER_CHUNK, events.length);
      const chunk = new Uint8Array((end - next) * EVENT_BYTES);
      for (let at = 0; next < end; next++, at += EVENT_BYTES) chunk.set(events[next].bytes, at);
      if (chunk.length > 0) controller.enqueue(chunk);
      if (next === events.length) controller.close();
    },
  }, { highWaterMark: 0 });
}
