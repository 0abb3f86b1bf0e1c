import { type Complaint, Complaints } from "../complaints.ts";
import { messageOf } from "../errors.ts";
import { DAEMON_SECTIONS, type DaemonLedger, ledgerIn } from "../ledger/ledger.ts";
import { type Log, StageLog } from "../notice.ts";
import type { EndpointState } from "../publisher/publisher.ts";
import { fromJson } from "../text/json.ts";
import { integer, listOf, objectOf, oneOf, orNull, readShape, text } from "../text/shape.ts";
import { sleep } from "../time/sleep.ts";
import { type CameraEvent, decodeEvent, EVENT_BYTES, EVENT_FORMATS } from "../wire/event.ts";
import type { NumberRange, RunId } from "../wire/run_id.ts";
import type { EventSource, KeptRun } from "./event_source.ts";
import { EPOCH, REPLAY_RANGE } from "./replay_range_shape.ts";

/** Time limit for a response. */
const TIMEOUT_MS = 10_000;

/** Number of attempts, and the pause between them, if there is no answer. */
const ATTEMPTS = 3;
const RETRY_MS = 200;

/** Statuses of a server that is busy for now. */
const BUSY_STATUSES = [408, 429, 503];

/** Maximum size of a response that is accepted; a daemon sends up to 128 events, 2.2 MB. */
const MAX_BODY_BYTES = 256 * EVENT_BYTES;

/** A daemon's counters and its current run, from its answer. */
export interface DaemonAccount extends RunId {
  ledger: DaemonLedger;
}

/** Options of a {@linkcode ReplayClient}. */
export interface ReplayClientOptions {
  /** The daemon's control port, such as `http://127.0.0.1:8642`. */
  url: string;
  /** The token that the daemon requires, if any. */
  token?: string | undefined;
  /**
   * Endpoints where events are received. If the daemon publishes readouts there, no event is
   * fetched.
   */
  endpoints?: readonly string[];
  /**
   * Whether the user named the daemon. Otherwise it is only assumed. Then there is no message if it
   * does not answer, and it is not asked if it publishes elsewhere, because a host may have several
   * daemons.
   * @default false with `endpoints`, true without
   */
  named?: boolean;
  /** Gets a notice when the daemon stops answering, and when it answers again. @default none */
  log?: Log;
}

/** Fetches events from a daemon's replay buffer, over its control port. */
export class ReplayClient implements EventSource {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #endpoints: readonly string[];
  readonly #named: boolean;
  readonly #complaints: Complaints<"other" | "wrong">;
  readonly #log: StageLog;
  #answers: boolean;
  #hasAnswered = false;
  #isBusy = false;
  #lastRuns: readonly KeptRun[] = [];

  constructor(options: ReplayClientOptions) {
    const { url, token, endpoints, named = endpoints === undefined, log } = options;
    this.#log = new StageLog("replay", log);
    this.#answers = named;
    this.#url = url;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#endpoints = endpoints ?? [];
    this.#named = named;
    this.#complaints = new Complaints(this.#log);
  }

  /** Whether the daemon was named or has answered; otherwise it is only assumed. */
  get isCertain(): boolean {
    return this.#named || this.#hasAnswered;
  }

  get isBusy(): boolean {
    return this.#isBusy && this.isCertain;
  }

  get lastRuns(): readonly KeptRun[] {
    return this.#lastRuns;
  }

  async runs(signal: AbortSignal): Promise<readonly KeptRun[] | undefined> {
    // There is only one attempt for a daemon that is only assumed.
    return (await this.#status(signal, this.isCertain ? ATTEMPTS : 1))?.runs;
  }

  /** The daemon's counters and its run; undefined if it does not answer. */
  async account(signal: AbortSignal): Promise<DaemonAccount | undefined> {
    return (await this.#status(signal, 1))?.account;
  }

  async #status(signal: AbortSignal, attempts: number): Promise<Status | undefined> {
    const body = await this.#get("/status", signal, attempts);
    if (body === undefined) return undefined;
    const status = parseStatus(body);
    if (status === undefined) {
      this.#complain("wrong", `${this.#url} does not answer as an ssdaq daemon does`);
      return undefined;
    }
    const here = status.publish.filter(({ endpoint: theirs }) =>
      this.#endpoints.some((ours) => isSamePlace(ours, theirs))
    );
    if (!this.#named && here.length === 0) {
      const places = status.publish.map(({ endpoint }) => endpoint).join(" and ");
      this.#complain("other", {
        level: "warning",
        text: `the daemon at ${this.#url} publishes on ${places}: gaps are not filled from it`,
        code: "replay.otherDaemon",
        fields: { url: this.#url },
      });
      return undefined;
    }
    // Readouts have no run. The same event would come twice: as a readout, and from the buffer.
    if (here.some(({ format }) => format === "readout")) {
      return { ...status, keeps: false, runs: [] };
    }
    if (status.keeps) this.#noteAnswer();
    this.#hasAnswered ||= status.keeps;
    this.#lastRuns = status.runs;
    return status;
  }

  async *events(range: NumberRange, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    let { from } = range;
    while (from <= range.to) {
      // A daemon whose events have no epoch does not know this parameter.
      const epoch = range.epoch === 0 ? "" : `&epoch=${range.epoch}`;
      const query = `?run=${range.run}${epoch}&from=${from}&to=${range.to}`;
      const body = await this.#get(`/events${query}`, signal, ATTEMPTS);
      if (body === undefined || body.length === 0) return;
      const asked = from;
      for (const event of eventsIn(body, { ...range, from })) {
        yield event;
        from = event.number + 1n;
      }
      if (from === asked) {
        this.#complain("wrong", `${this.#url}/events does not answer as an ssdaq daemon does`);
        return;
      }
    }
  }

  /** A response's body; undefined if there is none. */
  async #get(
    path: string,
    signal: AbortSignal,
    attempts: number,
  ): Promise<Uint8Array | undefined> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        this.#isBusy = false;
        const response = await fetch(this.#url + path, {
          headers: this.#headers,
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        this.#isBusy = response.ok || BUSY_STATUSES.includes(response.status);
        if (response.ok) {
          const body = await readBody(response);
          this.#isBusy = false;
          return body;
        }
        await response.body?.cancel();
        throw new Error(`it answers ${response.status} ${response.statusText}`);
      } catch (error) {
        if (signal.aborted) return undefined;
        if (error instanceof DOMException && error.name === "TimeoutError") this.#isBusy = true;
        if (attempt === attempts) {
          this.#noteSilence(error);
          return undefined;
        }
      }
      await sleep(RETRY_MS);
    }
    return undefined;
  }

  #noteAnswer(): void {
    if (!this.#answers) this.#log.info(`filling gaps from the replay buffer at ${this.#url}`);
    this.#answers = true;
  }

  #noteSilence(error: unknown): void {
    if (!this.#answers) return;
    this.#answers = false;
    this.#log.warning(
      `no events from the replay buffer at ${this.#url}: ${messageOf(error)}; events that ` +
        "are not received count as missed until it answers",
      { fields: { url: this.#url } },
    );
  }

  #complain(reason: "other" | "wrong", complaint: Complaint): void {
    this.#complaints.complain(reason, performance.now(), () => complaint);
  }
}

/** Whether a connected endpoint may be the bound one. `0.0.0.0` means all addresses. */
function isSamePlace(connected: string, bound: string): boolean {
  if (connected.replace("//localhost:", "//127.0.0.1:") === bound) return true;
  const port = /:(\d+)$/.exec(bound)?.[1];
  return /^tcp:\/\/(0\.0\.0\.0|\*):/.test(bound) && connected.endsWith(`:${port}`);
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Error(`its answer is over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** The events at the start of a body, while they are in the range and in rising order. */
function* eventsIn(
  body: Uint8Array,
  { run, epoch, from, to }: NumberRange,
): Generator<CameraEvent> {
  let least = from;
  for (let at = 0; at + EVENT_BYTES <= body.length; at += EVENT_BYTES) {
    const event = decodeEvent(body.subarray(at, at + EVENT_BYTES));
    if (typeof event === "string" || event.run !== run || event.epoch !== epoch) return;
    if (event.number < least || event.number > to) return;
    least = event.number + 1n;
    yield event;
  }
}

interface Status {
  /** Whether the daemon has a replay buffer. */
  keeps: boolean;
  publish: Pick<EndpointState, "endpoint" | "format">[];
  runs: KeptRun[];
  account: DaemonAccount;
}

/** The parts of a daemon's status that are needed. */
const STATUS = objectOf({
  run: integer,
  epoch: EPOCH,
  ledger: (value) => ledgerIn(value, DAEMON_SECTIONS),
  publish: listOf(objectOf<Status["publish"][number]>({
    endpoint: text,
    // A daemon that does not say its format publishes events.
    format: (value = "event", place) => oneOf(...EVENT_FORMATS)(value, place),
  })),
  replay: orNull(objectOf({ runs: listOf(REPLAY_RANGE) })),
});

/** The needed parts of a daemon's status; undefined if this is not one. */
function parseStatus(body: Uint8Array): Status | undefined {
  try {
    const told = readShape(fromJson(new TextDecoder().decode(body)), STATUS);
    const { run, epoch, ledger, publish, replay } = told;
    return {
      keeps: replay !== null,
      account: { run, epoch, ledger },
      publish,
      runs: (replay?.runs ?? []).map((kept) => ({
        ...kept,
        current: kept.run === run && kept.epoch === epoch,
      })),
    };
  } catch {
    return undefined;
  }
}
