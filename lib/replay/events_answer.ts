import { textAnswer } from "../http/answer.ts";
import { EVENT_BYTES } from "../wire/event.ts";
import type { ReplayBuffer } from "./replay_buffer.ts";

/** Maximum number of events in an answer: 2.2 MB. */
export const MAX_EVENTS_PER_ANSWER = 128;

/** Maximum number of simultaneous requests for events, in places of their own. */
export const EVENTS_PLACES = 64;

/** Number of events that are copied at once for a client: 136 kB. It reads them before the next. */
export const EVENTS_PER_PIECE = 8;

/**
 * The most memory that an answer takes while it is written, bytes: one piece that is written, one
 * that is made for it, and one that comes next.
 */
export const EVENTS_ANSWER_BYTES: number = 3 * EVENTS_PER_PIECE * EVENT_BYTES;

const KEYS = ["run", "from", "to", "epoch"];

const HOW = "use run=N&from=N, and to=N for the last event: whole numbers from 0 to 2^64 - 1; " +
  "epoch=N, below 2^32, to choose between two runs with the same number";

/**
 * Events of a run from the replay buffer, as consecutive event messages of 16952 bytes in rising
 * order. It sends at most 128 of the requested events that the buffer holds. For more, the client
 * asks again. The answer is made while the client reads it, eight events at a time; events that are
 * replaced meanwhile are left out.
 *
 * @param query `run`, `from`, optionally `to` (last event) and `epoch` (only this epoch)
 */
export function eventsAnswer(
  replay: ReplayBuffer | undefined,
  query: URLSearchParams,
): Response {
  const [run, from, to, epoch] = KEYS.map((key) => numberOf(query, key));
  const asked = [...query.keys()];
  const known = asked.every((key) => KEYS.includes(key));
  const isWrong = !known || new Set(asked).size < asked.length || to === null || epoch === null ||
    epoch !== undefined && epoch >= 2n ** 32n;
  if (typeof run !== "bigint" || typeof from !== "bigint" || isWrong) return textAnswer(400, HOW);
  const runId = { run, epoch: epoch === undefined ? undefined : Number(epoch) };
  const pieces = replay?.pieces(runId, from, to, MAX_EVENTS_PER_ANSWER, EVENTS_PER_PIECE) ?? [];
  return new Response(ReadableStream.from(pieces), {
    headers: { "content-type": "application/octet-stream" },
  });
}

/** The number in a parameter; undefined if it is missing, null if it is not a number. */
function numberOf(query: URLSearchParams, key: string): bigint | undefined | null {
  const text = query.get(key);
  if (text === null) return undefined;
  if (!/^\d{1,20}$/.test(text)) return null;
  const number = BigInt(text);
  return number < 2n ** 64n ? number : null;
}
