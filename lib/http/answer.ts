import { toJson } from "../text/json.ts";

/** A JSON answer. Integers have all their digits. */
export function jsonAnswer(data: unknown): Response {
  return new Response(toJson(data) + "\n", { headers: { "content-type": "application/json" } });
}

/** An answer with one line of text. */
export function textAnswer(
  status: number,
  line: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(`${line}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}
