import { daemonPlaces } from "../../cli/process/ssdaq_process.ts";
import { OperationError } from "../../lib/errors.ts";
import { Listener } from "../../lib/listener/listener.ts";
import { Simulator } from "../../sim/simulator.ts";
import type { CallFailure } from "./call_failure.ts";
import { accountOf, type Ending, endingOf } from "./ending.ts";
import { FailingProcess } from "./failing_process.ts";

const READOUTS = 20;
const MODULES = 32;

/** How long a request may take. It may fail, as the daemon does. */
const REQUEST_MS = 2000;

/** When a signal is sent again. */
const AGAIN_MS = 5000;

/** How long the daemon is looked at when a failure keeps events from the subscriber. */
const HEAR_MS = 1500;

/** What a daemon prints, as far as it is looked at. */
interface Account {
  brokenIdentities: string[];
  ledger: {
    packets: { received: number; kernelDropped: number; unread: number };
    events: { built: number; published: number; unsent: number; undelivered: number };
  };
}

/**
 * Lets a call of a daemon fail while it gets packets, has a subscriber and answers requests.
 *
 * @param folder an empty folder for its log
 * @returns how it ended; undefined if the call never came
 * @throws {Error} with what is not as it must be
 */
export async function failDaemon(
  failure: CallFailure,
  folder: string,
): Promise<Ending | undefined> {
  await using daemon = await FailingProcess.start(
    [
      ...["daemon", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0", "--control", "127.0.0.1:0"],
      ...["--replay-buffer", "16MiB", "--json", "--log-file", `${folder}/log`],
    ],
    failure,
    folder,
  );
  const isReady = () => daemon.process.said(/publishing run \d+ on/) !== null;
  await daemon.until("it is ready", isReady);
  const numbers: number[] = [];
  let packetsSent = 0;
  if (isReady()) {
    const { target, endpoint, control } = await daemonPlaces(daemon.process);
    await using listener = await Listener.connect({ endpoints: [endpoint] });
    const listening = listen(listener, numbers);
    const startMs = performance.now();
    const isPatient = () => performance.now() - startMs < HEAR_MS;
    const joined = /subscriber joined/;
    await daemon.until(
      "it has a subscriber",
      () => daemon.process.said(joined) !== null || !isPatient(),
    );
    packetsSent = await simulate(target);
    await Promise.all(["/status", "/metrics", "/healthz"].map((path) => ask(control + path)));
    await daemon.until("its events are heard", () => numbers.length >= READOUTS || !isPatient());
    // Once it has failed, it ends by itself, and another signal would end it at once.
    if (daemon.process.said(/error: /) === null) await askToEnd(daemon);
    await daemon.until("it ends", () => false);
    await listener.close();
    await listening;
  }
  const ended = await daemon.settled();
  if ((await daemon.injected()).length === 0 && ended.code === 0) return undefined;
  const ending = endingOf(ended, failure.kind.mayEndRuntime ?? false);
  const account = accountOf<Account>(ended);
  if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))) {
    throw new Error(`the subscriber has ${numbers.join(" ")}`);
  }
  if (ending !== "went on") return ending;
  if (account === undefined) throw new Error("it printed no account");
  const { packets, events } = account.ledger;
  if (packets.received + packets.kernelDropped + packets.unread !== packetsSent) {
    throw new Error(`${packetsSent} packets were sent, but it counts ${JSON.stringify(packets)}`);
  }
  if (events.built !== READOUTS || events.published + events.unsent !== events.built) {
    throw new Error(`something is lost without a name: ${JSON.stringify(events)}`);
  }
  return ending;
}

/** Deno notices a signal by a byte that it sends to itself. If this fails, a second signal is needed. */
async function askToEnd(daemon: FailingProcess): Promise<void> {
  const isHeard = () => daemon.process.said(/stopping; a second|error: /) !== null;
  for (let times = 0; times < 2 && !isHeard() && !daemon.hasEnded; times++) {
    daemon.askToEnd();
    const startMs = performance.now();
    await daemon.until("it stops", () => isHeard() || performance.now() - startMs > AGAIN_MS);
  }
}

async function listen(listener: Listener, numbers: number[]): Promise<void> {
  for await (const { number } of listener) numbers.push(Number(number));
}

async function simulate(target: string): Promise<number> {
  const [hostname = "", port] = target.split(":");
  const { packetsSent } = await new Simulator({
    target: { hostname, port: Number(port) },
    ...{ modules: MODULES, readouts: READOUTS, speed: Infinity },
  }).run();
  return packetsSent;
}

/** Asks the daemon something. That there may be no answer is not the matter here. */
async function ask(url: string): Promise<void> {
  try {
    await (await fetch(url, { signal: AbortSignal.timeout(REQUEST_MS) })).text();
  } catch (error) {
    if (!(error instanceof Error)) throw new OperationError(`${url} gives ${error}`);
  }
}
