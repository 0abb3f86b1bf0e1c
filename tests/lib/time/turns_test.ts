import { Turns } from "../../../lib/time/turns.ts";
import { assert } from "../../assert.ts";

/** What a loop does between two turns, ms. */
const WORK_MS = 10;

/** A request needs some six looks at its sockets; by immediates alone these are 61 turns apart. */
const MAX_TURNS = 150;

Deno.test("a busy loop that gives its turns lets a request be answered beside it", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("here"),
  );
  let answered = false;
  const request = fetch(`http://127.0.0.1:${server.addr.port}`)
    .then((response) => response.text()).then(() => answered = true);
  const turns = new Turns();
  let given = 0;
  for (; !answered && given < MAX_TURNS; given++) {
    const endMs = performance.now() + WORK_MS;
    while (performance.now() < endMs);
    await turns.give();
  }
  assert(answered, `not answered in ${given} turns`);
  await request;
});
