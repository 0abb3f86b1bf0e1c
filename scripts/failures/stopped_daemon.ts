/**
 * A daemon that is killed at a moment, or stands still there; and what a subscriber must then have.
 *
 * @module
 */

import { daemonPlaces, type Ended } from "../../cli/process/ssdaq_process.ts";
import { Listener } from "../../lib/listener/listener.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { runKey } from "../../lib/wire/run_id.ts";
import { Simulator } from "../../sim/simulator.ts";
import { KILLED, type Stop, StoppedProcess } from "./stopped_process.ts";

const READOUTS = 20;
const MODULES = 32;

/** How long a subscriber may take to hear what was published. */
const HEAR_MS = 10_000;
const LOOK_MS = 20;

/** What a daemon prints, as far as it is looked at. */
interface Account {
  brokenIdentities: string[];
  ledger: {
    packets: { received: number; kernelDropped: number };
    readouts: { decoded: number; placed: number };
    events: { built: number; published: number };
  };
}

/** Where a daemon is. The next one takes the same place. */
interface Place {
  listen: string;
  publish: string;
}

const ANY: Place = { listen: "127.0.0.1:0", publish: "tcp://127.0.0.1:0" };

/**
 * Stops a daemon at a moment while it gets packets or ends. If it was killed there, the next daemon
 * begins another run at the same place, and a subscriber has all of its events after some from the
 * first one. If it stood still, the subscriber has every event.
 *
 * @param stillMs how long it stands still
 * @returns false if it never came to the moment
 * @throws {Error} with what is not as it must be
 */
export async function stopDaemon(stop: Stop, stillMs: number): Promise<boolean> {
  let place = ANY;
  const events: { key: bigint; number: number }[] = [];
  await using stack = new AsyncDisposableStack();
  const subscribe = async () => {
    const listener = stack.use(await Listener.connect({ endpoints: [place.publish] }));
    stack.defer(() => listening);
    stack.defer(() => listener.close());
    const listening = (async () => {
      for await (const event of listener) {
        events.push({ key: runKey(event), number: Number(event.number) });
      }
    })();
  };
  const keys = () => [...new Set(events.map(({ key }) => key))];
  {
    await using daemon = start(place, stop);
    const isReady = () => daemon.process.said(/publishing run \d+ on/) !== null;
    let hasStopped = false;
    const goOn = async () => {
      if (stop.how !== "stop" || !daemon.standsStill) return;
      hasStopped = true;
      await sleep(stillMs);
      daemon.goOn();
    };
    await daemon.until("it is ready", isReady);
    await goOn();
    await daemon.until("it is ready", isReady);
    if (isReady()) {
      const { target, endpoint } = await daemonPlaces(daemon.process);
      place = { listen: target, publish: endpoint };
      await subscribe();
      await daemon.until("it has a subscriber", () => hasSubscriber(daemon));
      await simulate(target);
      await daemon.until("all is published", () => events.length >= READOUTS);
      await goOn();
      await daemon.until("all is published", () => events.length >= READOUTS);
    }
    daemon.askToEnd();
    await daemon.until("it ends", () => false);
    await goOn();
    await daemon.until("it ends", () => false);
    const ended = await daemon.settled();
    if (stop.how === "stop" || ended.code !== KILLED) {
      checkAccount(ended);
      checkRun(events.map(({ number }) => number), READOUTS);
      return hasStopped;
    }
  }
  const [first] = keys();
  const before = events.length;
  checkRun(events.map(({ number }) => number), before);
  await using next = start(place);
  const { target, endpoint } = await daemonPlaces(next.process);
  if (place === ANY) {
    place = { listen: target, publish: endpoint };
    await subscribe();
  }
  await next.until("it has a subscriber", () => hasSubscriber(next));
  await simulate(target);
  const endMs = performance.now() + HEAR_MS;
  while (events.length < before + READOUTS && performance.now() < endMs) await sleep(LOOK_MS);
  checkAccount(await next.end());
  const after = events.slice(before);
  checkRun(after.map(({ number }) => number), READOUTS);
  if (after.some(({ key }) => key === first)) throw new Error("both daemons have one run");
  return true;
}

function start({ listen, publish }: Place, stop?: Stop): StoppedProcess {
  const args = ["daemon", "-l", listen, "-p", publish, "--control", "127.0.0.1:0", "--json"];
  return new StoppedProcess(args, stop);
}

function hasSubscriber(daemon: StoppedProcess): boolean {
  return daemon.process.said(/subscriber joined/) !== null;
}

/** Sends what the camera would, at once. */
async function simulate(target: string): Promise<void> {
  const [hostname = "", port] = target.split(":");
  await new Simulator({
    target: { hostname, port: Number(port) },
    ...{ modules: MODULES, readouts: READOUTS, speed: Infinity },
  }).run();
}

/** From 1 on, each once and in order. */
function checkRun(numbers: readonly number[], count: number): void {
  const isRising = numbers.every((number, index) => number === index + 1);
  if (isRising && numbers.length === count) return;
  throw new Error(`instead of 1 to ${count} the subscriber has ${numbers.join(" ")}`);
}

function checkAccount({ code, stdout, stderr }: Ended): void {
  if (code !== 0) throw new Error(`exit code ${code}:\n${stderr}`);
  const { brokenIdentities, ledger } = JSON.parse(stdout) as Account;
  const { packets, readouts, events } = ledger;
  if (brokenIdentities.length > 0) throw new Error(`not closed: ${brokenIdentities.join(", ")}`);
  const isWhole = packets.kernelDropped === 0 && readouts.decoded === MODULES * READOUTS &&
    readouts.placed === readouts.decoded && events.published === events.built &&
    events.built === READOUTS;
  if (!isWhole) throw new Error(`something is lost: ${JSON.stringify(ledger)}`);
}
