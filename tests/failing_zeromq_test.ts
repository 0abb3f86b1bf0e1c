/**
 * Each call of ZeroMQ fails once while a publisher publishes and a listener listens.
 *
 * @module
 */

import { XPublisher, XSubscriber } from "zeromq";
import { ConfigurationError, messageOf, OperationError } from "../lib/errors.ts";
import {
  brokenIdentities,
  newDaemonLedger,
  newRecorderLedger,
  type RecorderLedger,
} from "../lib/ledger/ledger.ts";
import { Listener } from "../lib/listener/listener.ts";
import { Publisher } from "../lib/publisher/publisher.ts";
import { within } from "../lib/time/within.ts";
import { assert, assertEquals, assertGreater } from "./assert.ts";
import { makeEvents } from "./lib/recording/fixtures.ts";
import { DEADLINE_MS } from "./wait_for.ts";

const EVENTS = 8;

/** How long the listener waits for events that a failure may have kept back. */
const HEAR_MS = 200;

/** How a socket can fail; EAGAIN is its way to say that it would wait. */
const CODES = ["EAGAIN", "EINTR", "ENOTSOCK"] as const;

type Socket = "XPublisher" | "XSubscriber";
type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/** Methods that give a promise, and those that do not. */
const METHODS: readonly [Socket, string, "async" | "sync"][] = [
  ["XPublisher", "bind", "async"],
  ["XPublisher", "send", "async"],
  ["XPublisher", "receive", "async"],
  ["XSubscriber", "connect", "sync"],
  ["XSubscriber", "send", "async"],
  ["XSubscriber", "receive", "async"],
];

/** Lets the n-th call of a method of all sockets of a kind fail. */
function failing(socket: Socket, name: string, how: "async" | "sync", code: string, nth: number) {
  const target = (socket === "XPublisher" ? XPublisher : XSubscriber)
    .prototype as unknown as Record<string, Method>;
  const isOwn = Object.hasOwn(target, name);
  const before = target[name] as Method;
  let calls = 0;
  target[name] = function (...parameters) {
    if (++calls !== nth) return before.apply(this, parameters);
    const error = Object.assign(new Error(`the ${name} failed`), { code });
    if (how === "sync") throw error;
    return Promise.reject(error);
  };
  return {
    get hasFailed() {
      return calls >= nth;
    },
    [Symbol.dispose]() {
      if (isOwn) target[name] = before;
      else delete target[name];
    },
  };
}

/** Publishes and listens for a moment; all that was thrown. */
async function converse(
  ledgers: { daemon: ReturnType<typeof newDaemonLedger>; recorder: RecorderLedger },
) {
  const failures: unknown[] = [];
  const attempt = async (action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      failures.push(error);
    }
  };
  await attempt(async () => {
    await using publisher = await Publisher.bind(
      { endpoints: ["tcp://127.0.0.1:*"], lingerMs: 0 },
      ledgers.daemon,
    );
    await attempt(async () => {
      await using listener = await Listener.connect({
        endpoints: publisher.endpoints,
        ledger: ledgers.recorder,
      });
      const endMs = performance.now() + HEAR_MS;
      while (publisher.subscribers === 0 && performance.now() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await attempt(async () => {
        for (const event of makeEvents(1, EVENTS)) {
          ledgers.daemon.events.built++;
          ledgers.daemon.events.partial++;
          publisher.publish([event]);
        }
        await publisher.flush();
      });
      const timer = setTimeout(() => listener.end(), HEAR_MS);
      try {
        for await (const _ of listener) {
          ledgers.recorder.recorder.stored++;
          if (ledgers.recorder.recorder.heard === EVENTS) break;
        }
      } finally {
        clearTimeout(timer);
      }
    });
  });
  return failures;
}

for (const [socket, name, how] of METHODS) {
  for (const code of CODES) {
    Deno.test(`publisher and listener keep their account when ${socket}.${name} fails (${code})`, async () => {
      let nth = 1;
      for (;; nth++) {
        const daemon = newDaemonLedger();
        const recorder = newRecorderLedger();
        using call = failing(socket, name, how, code, nth);
        let failures: unknown[] = [];
        const running = converse({ daemon, recorder }).then((thrown) => failures = thrown);
        const what = `${nth}: ${failures.map(messageOf).join("; ")}`;
        assert(await within(DEADLINE_MS, running), `${what} hangs`);
        for (const failure of failures) {
          const isKnown = failure instanceof OperationError ||
            failure instanceof ConfigurationError;
          assert(isKnown && !messageOf(failure).includes("\n"), `${what}: ${failure}`);
        }
        assertEquals([...brokenIdentities(daemon), ...brokenIdentities(recorder)], [], what);
        if (!call.hasFailed) break;
      }
      assertGreater(nth, 1);
    });
  }
}
