import { newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { eventsAnswer, MAX_EVENTS_PER_ANSWER } from "../../../lib/replay/events_answer.ts";
import { ReplayBuffer } from "../../../lib/replay/replay_buffer.ts";
import { ReplayClient } from "../../../lib/replay/replay_client.ts";
import { toJson } from "../../../lib/text/json.ts";
import { CameraEvent, EVENT_BYTES } from "../../../lib/wire/event.ts";
import { assert, assertEquals } from "../../assert.ts";
import { replaced } from "../../replaced.ts";
import type { FuzzTarget } from "../engine/fuzz_target.ts";
import { ByteReader } from "./byte_reader.ts";

const SIGNAL = new AbortController().signal;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

function eventOf(run: bigint, epoch: number, number: bigint): CameraEvent {
  return Object.assign(new CameraEvent(), { run, epoch, number, mask: 1 });
}

/** A daemon's answer to `GET /status`: a recorder knows the runs in it, or asks for nothing. */
async function checkStatus(client: ReplayClient): Promise<void> {
  const runs = await client.runs(SIGNAL);
  for (const { run, from, to, epoch } of runs ?? []) {
    assertEquals([typeof run, typeof from, typeof to, typeof epoch], [
      ...["bigint", "bigint", "bigint", "number"],
    ]);
  }
  const account = await client.account(SIGNAL);
  assertEquals(account === undefined, runs === undefined);
}

/** An answer to `GET /events`: no event but those of the range, each once and in order. */
async function checkEvents(client: ReplayClient, reader: ByteReader): Promise<void> {
  const range = { run: 1n, epoch: reader.u8() & 1, from: 3n, to: 3n + BigInt(reader.u8()) };
  let least = range.from;
  for await (const { run, epoch, number } of client.events(range, SIGNAL)) {
    assert(run === range.run && epoch === range.epoch && number >= least && number <= range.to);
    least = number + 1n;
  }
}

/** Answers from the input: each has some events, and some bytes more. */
function bodiesFrom(reader: ByteReader): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  while (reader.hasMore && bodies.length < 16) {
    const parts = [];
    for (let events = reader.u8() & 3; events > 0; events--) {
      const event = eventOf(BigInt(reader.u8()), reader.u8(), BigInt(reader.u8()));
      if ((reader.u8() & 0x80) !== 0) event.bytes.set(reader.part(1), reader.u16() % EVENT_BYTES);
      parts.push(event.bytes);
    }
    parts.push(reader.part(reader.u8() & 15));
    bodies.push(Uint8Array.from(parts.flatMap((part) => Array.from(part))));
  }
  return bodies;
}

/** A query to `/events`: it is refused with 400, or answered with events of the run, in order. */
async function checkQuery(replay: ReplayBuffer, query: string): Promise<void> {
  const params = new URLSearchParams(query);
  const answer = eventsAnswer(replay, params);
  if (answer.status === 400) {
    await answer.body?.cancel();
    return;
  }
  assertEquals(answer.status, 200);
  const { byteLength } = await answer.arrayBuffer();
  assert(byteLength % EVENT_BYTES === 0 && byteLength <= MAX_EVENTS_PER_ANSWER * EVENT_BYTES);
  const numbers = ["run", "from"].map((key) => params.get(key) ?? "");
  assert(numbers.every((text) => /^\d+$/.test(text) && BigInt(text) < 2n ** 64n), query);
}

const STATUS = {
  ...{ run: 2n ** 60n, epoch: 7, ledger: newDaemonLedger() },
  publish: [{ endpoint: "tcp://127.0.0.1:5555", format: "event" }],
  replay: { runs: [{ run: 1, epoch: 1, from: 1, to: 2n ** 63n }] },
};

export const target: FuzzTarget = {
  name: "answers",
  summary: "what a recorder gets from a replay buffer's port, and the queries to that port",
  sources: ["lib/replay/", "lib/text/"],
  maxBytes: 4096,
  seeds: () => [
    encoder.encode(`\x00${toJson(STATUS)}`),
    Uint8Array.of(1, 1, 9, 2, 1, 1, 3, 0, 1, 1, 4, 0, 0, 1, 1, 1, 5, 0, 0),
    encoder.encode("\x02run=1&from=3&to=9"),
    encoder.encode("\x02run=1&from=1&epoch=7"),
  ],
  words: ["tcp://0.0.0.0:5555", "tcp://*:5555", "&epoch=", "%20", "18446744073709551616", "null"],
  open() {
    const replay = new ReplayBuffer(20 * EVENT_BYTES);
    for (let number = 1n; number <= 30n; number++) replay.push([eventOf(1n, 7, number)]);
    return Promise.resolve({
      async run(input) {
        const [kind = 0] = input;
        const body = input.subarray(1);
        if (kind === 2) return await checkQuery(replay, decoder.decode(body));
        const reader = new ByteReader(body);
        const endpoints = ["tcp://127.0.0.1:5555"];
        const client = new ReplayClient({
          url: "http://127.0.0.1:1",
          ...((kind & 4) === 0 ? {} : { endpoints, named: (kind & 8) === 0 }),
        });
        if ((kind & 1) === 0) {
          using _ = replaced(
            globalThis,
            "fetch",
            () => Promise.resolve(new Response(body.slice())),
          );
          return await checkStatus(client);
        }
        const head = new ByteReader(reader.part(2));
        const bodies = bodiesFrom(reader);
        using _ = replaced(
          globalThis,
          "fetch",
          () => Promise.resolve(new Response(bodies.shift()?.slice() ?? null)),
        );
        await checkEvents(client, head);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};
