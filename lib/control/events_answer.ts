import type { ReplayBuffer } from "../publisher/replay_buffer.ts";
import { textAnswer } from "./answer.ts";

/** Events in one answer, at most: 2.2 MB, which are copied in half a millisecond. */
export const MAX_EVENTS_PER_ANSWER = 128;

const HOW = "give run=N&from=N, and to=N for an end: whole numbers from 0 to 2^64 - 1";

/**
 * Events of a run from the replay buffer, as event messages of 16952 bytes one after another, in
 * rising order: those it holds of the numbers asked for, at most 128. Whoever wants more asks again.
 *
 * @param query `run`, `from` and, if there is to be an end, `to`
 */
export function eventsAnswer(
  replay: ReplayBuffer | undefined,
  query: URLSearchParams,
): Response {
  const [run, from, to] = ["run", "from", "to"].map((key) => numberOf(query, key));
  const asked = [...query.keys()];
  const known = asked.every((key) => ["run", "from", "to"].includes(key));
  const isWrong = !known || new Set(asked).size < asked.length || to === null;
  if (typeof run !== "bigint" || typeof from !== "bigint" || isWrong) return textAnswer(400, HOW);
  const messages = replay?.messages(run, from, to, MAX_EVENTS_PER_ANSWER) ?? new Uint8Array();
  return new Response(messages, { headers: { "content-type": "application/octet-stream" } });
}

/** A parameter's number; undefined where it is not given, null where it is none. */
function numberOf(query: URLSearchParams, key: string): bigint | undefined | null {
  const text = query.get(key);
  if (text === null) return undefined;
  if (!/^\d{1,20}$/.test(text)) return null;
  const number = BigInt(text);
  return number < 2n ** 64n ? number : null;
}
