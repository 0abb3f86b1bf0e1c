import { formatDuration } from "../../../lib/text/duration.ts";
import { messageOf } from "../../../lib/errors.ts";
import { type Log, type NoticeLevel, StageLog } from "../../../lib/notice.ts";
import { sleep } from "../../../lib/time/sleep.ts";
import { within } from "../../../lib/time/within.ts";
import { BackOff, type BackOffTimes } from "./back_off.ts";
import { Child, type ChildEnd } from "./child.ts";
import type { Life, Order, Ready, Report } from "../../process/report.ts";
import type { Reporter, ReportSocket } from "../../process/report_socket.ts";
import { Silence } from "./silence.ts";

/** How often it is looked whether a process has said something. */
const LOOK_MS = 250;

/** How long a process may take until it says something for the first time that it is ready. */
const START_MS = 60_000;

/** How long a process may say nothing at its end: ZeroMQ delivers for up to 30 s then. */
const ENDING_MS = 60_000;

/** A process that was killed and has not ended after so long is told of. */
const KILLED_MS = 5000;

/** How long the last words of a process that has ended may take to be heard. */
const LAST_WORDS_MS = 1000;

/** How long a process may take to do what. */
export interface Patience {
  /** To say that it lives, once it is ready: after that it is taken to hang, and killed, ms. */
  hangMs: number;
  /** To drain, ms: after that it is told to end with what it has. */
  drainMs: number;
  /** To end after that, ms: then it is killed. */
  endMs: number;
}

/** What became of a command under supervision. */
export interface SupervisedSummary {
  /** What it is called. */
  name: string;
  /** How often it was started. */
  starts: number;
  /** Its last exit code; null when it was not running in the end, or could not be ended. */
  code: number | null;
  /** What killed it in the end; null when nothing did. */
  signal: Deno.Signal | null;
  /** Whether it ended as it should. */
  ok: boolean;
  /** Why its work was done before it was asked to end; null when it was not. */
  done: string | null;
  /** Whether it took too long to drain, and was told or made to end with what it had. */
  late: boolean;
  /** The summary that it printed last. */
  summary: unknown;
}

/** How to supervise a command. */
export interface SupervisedOptions {
  name: string;
  /** What stands after `ssdaq`; asked for at each start. */
  args: () => readonly string[];
  log: Log;
  /** Told the notices of its own log, whose words have all that follows them already. */
  relay: Log;
  /** The least that it logs. @default "info" */
  logLevel?: NoticeLevel;
  /** Where it reports to. */
  reports: ReportSocket;
  backOff: BackOffTimes;
  patience: Patience;
  /** Given what it reports, but for that it lives; `tell` answers. */
  onReport?: (report: Report, tell: (order: Order) => void) => void;
  /** Told when it has ended; when it was killed since it hung, `lastHeardMs` is when it last spoke. */
  onEnd?: (lastHeardMs: number, end: LifeEnd) => void;
  /**
   * Whether it can have later what it missed while it was down. Such a one is asked to end only once
   * it is ready, and when it is down at the end, or dies then, it is started once more.
   * @default false
   */
  catchesUp?: boolean;
}

/** How one life of a command under supervision ended. */
export interface LifeEnd extends ChildEnd {
  /** Whether it had been ready. */
  wasReady: boolean;
}

/**
 * A command of ssdaq that is started again when it ends, until it is stopped or says that its work is
 * done. One that hangs, which is that it does not say any more that it lives, is killed.
 */
export class Supervised {
  readonly name: string;
  /**
   * Resolves when it has ended for good: it was stopped, its work was done, as it said, or it refused
   * its configuration at its first start (exit code 2).
   */
  readonly ended: Promise<SupervisedSummary>;
  readonly #options: SupervisedOptions;
  readonly #log: StageLog;
  readonly #stopping = new AbortController();
  readonly #drained = Promise.withResolvers<void>();
  #child: Child | undefined;
  #reporter: Reporter | undefined;
  #ready: Ready | undefined;
  #life: Life | undefined;
  #lastHeardMs = 0;
  #silentMs = 0;
  #isEnding = false;
  #isLate = false;
  #done: string | undefined;
  /** Whether what it still lacks is given up: it is to end with what it has. */
  #isGivenUp = false;
  /** Whether it was started once more at the end. */
  #isLastLife = false;
  #hangs = false;
  /** Whether it is there though it was killed, and that was told. */
  #outlives = false;
  #starts = 0;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.#log = new StageLog("run", options.log);
    this.name = options.name;
    this.ended = this.#supervise();
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  /** Whether it runs now, and is not about to be started again. */
  get running(): boolean {
    return this.#child !== undefined;
  }

  /** What it said when it was ready; undefined while it is not. */
  get ready(): Ready | undefined {
    return this.#ready;
  }

  /** How it is, in a line. */
  get state(): string {
    if (!this.running) return this.#done === undefined ? "is down" : "is done";
    if (this.#isSilent) return `has been silent for ${formatDuration(this.#silentMs)}`;
    const { unhealthy = [] } = this.#life ?? {};
    return [this.#ready === undefined ? "starts" : "runs", ...unhealthy].join(", ");
  }

  /** Whether it does not hang, as far as that is known. */
  get alive(): boolean {
    // To end all for a recorder whose disk is blocked would end a daemon that acquires.
    const isOneOfMany = this.#options.catchesUp === true && this.#outlives;
    return !this.running || isOneOfMany || !this.#isSilent;
  }

  /**
   * Has it drain, but go on to serve what it has. Resolves when it has drained or ended, at the
   * latest when its time is up, which is told.
   *
   * @param stayMs how long it is to serve on at most
   */
  async drain(stayMs: number): Promise<void> {
    this.#stopping.abort();
    if (this.#reporter?.connected) this.#reporter.tell({ drain: { stayMs } });
    else this.#child?.kill("SIGTERM");
    const { name, patience: { drainMs } } = this.#options;
    const inTime = await within(drainMs, Promise.race([this.#drained.promise, this.ended]));
    if (!inTime) {
      this.#log.warning(
        `${name} has not drained in ${formatDuration(drainMs)}: not waiting for it`,
      );
    }
  }

  /**
   * Has it drain and end, and waits until it has. When its time is up it is asked once more, and then
   * killed: what it then had not done is lost, which is told.
   *
   * @param hurry aborted when it is not to take its time
   */
  async stop(hurry?: AbortSignal): Promise<SupervisedSummary> {
    const { name, patience: { drainMs, endMs } } = this.#options;
    this.#isGivenUp = hurry?.aborted === true;
    this.#stopping.abort();
    if (this.#outlives) return this.#leaveBehind();
    this.#askToEnd();
    const hurried = Promise.withResolvers<void>();
    const onHurry = () => hurried.resolve();
    if (hurry?.aborted) onHurry();
    hurry?.addEventListener("abort", onHurry, { once: true });
    try {
      this.#isLate = !await within(drainMs, Promise.race([this.ended, hurried.promise]));
      if (this.#isLate) {
        this.#log.warning(
          `${name} has not drained in ${formatDuration(drainMs)}: it is to end with what it has` +
            this.#lastWords(),
        );
      }
      this.#isGivenUp = true;
      this.#child?.kill("SIGTERM");
      if (!await within(endMs, this.ended)) {
        this.#isLate = true;
        this.#log.error(
          `${name} does not end: killing it; what it has not written is lost` + this.#lastWords(),
        );
        this.#child?.kill("SIGKILL");
        if (!await within(KILLED_MS, this.ended)) {
          return this.#leaveBehind();
        }
      }
      const summary = await this.ended;
      return { ...summary, late: this.#isLate, ok: summary.ok && !this.#isLate };
    } finally {
      hurry?.removeEventListener("abort", onHurry);
    }
  }

  #leaveBehind(): SupervisedSummary {
    const { name } = this.#options;
    this.#log.error(`${name} was killed, but does not end: is its disk blocked? it is left behind`);
    const none = { code: null, signal: null, done: null, summary: undefined };
    return { ...none, name, starts: this.#starts, ok: false, late: true };
  }

  /** Whether it has said nothing for so long that it may hang. */
  get #isSilent(): boolean {
    return this.#silentMs >= (this.#isStill ? this.#mostSilentMs : this.#mostSilentMs / 2);
  }

  /** Whether it is in a part of its life in which it has little to say. */
  get #isStill(): boolean {
    return this.#isEnding || this.#ready === undefined;
  }

  /** How long it may say nothing. */
  get #mostSilentMs(): number {
    if (this.#isEnding) return ENDING_MS;
    return this.#ready === undefined ? START_MS : this.#options.patience.hangMs;
  }

  #lastWords(): string {
    return this.#life === undefined ? "" : `; it said last: ${this.#life.alive}`;
  }

  /** Tells it to drain; one that can have what it lacks only once it is ready is told then. */
  #askToEnd(): void {
    if (this.#options.catchesUp && this.#ready === undefined) return;
    this.#child?.kill("SIGTERM");
  }

  async #supervise(): Promise<SupervisedSummary> {
    const { name, onEnd } = this.#options;
    const backOff = new BackOff(this.#options.backOff);
    for (;;) {
      const startMs = performance.now();
      const end = await this.#live();
      onEnd?.(this.#hangs ? this.#lastHeardMs : performance.now(), end);
      const { code, signal } = end;
      const done = this.#done = code === 0 ? this.#done : undefined;
      const summary: SupervisedSummary = {
        ...{ name, starts: this.#starts, code, signal, done: done ?? null },
        ...{ ok: code === 0 || this.#hasOnlyBegun(end), late: false, summary: end.summary },
      };
      if (done !== undefined) {
        this.#log.info(`${name} is done: ${done}`);
        return summary;
      }
      if (code === 2 && this.#starts === 1) return summary;
      if (this.#stopping.signal.aborted) {
        if (summary.ok || !this.#mayStartOnceMore) return summary;
        this.#log.error(`${name} ${deathOf(end)}; it starts once more, for what it has missed`);
        this.#isLastLife = true;
        continue;
      }
      const delayMs = backOff.delayMs(performance.now() - startMs);
      const what = code === 0 ? "has ended though nobody asked it to" : deathOf(end);
      this.#log.error(`${name} ${what}; it starts again in ${formatDuration(delayMs)}`);
      await sleep(delayMs, this.#stopping.signal);
      if (!this.#stopping.signal.aborted) continue;
      if (!this.#mayStartOnceMore) return { ...summary, code: null, ok: code === 0 };
      this.#log.warning(`${name} is down: it starts once more, for what it has missed`);
      this.#isLastLife = true;
    }
  }

  get #mayStartOnceMore(): boolean {
    return this.#options.catchesUp === true && !this.#isGivenUp && !this.#isLastLife;
  }

  /** Whether our own signal ended it before it could heed one: then it had nothing to lose. */
  #hasOnlyBegun({ signal, wasReady }: LifeEnd): boolean {
    const isOurs = signal === "SIGTERM" && this.#stopping.signal.aborted;
    return isOurs && !wasReady && !this.#options.catchesUp;
  }

  async #live(): Promise<LifeEnd> {
    const { name, args, relay, logLevel = "info", reports } = this.#options;
    const nowMs = performance.now();
    const silence = new Silence(LOOK_MS, nowMs);
    this.#starts++;
    this.#ready = this.#life = this.#done = undefined;
    this.#lastHeardMs = nowMs;
    this.#silentMs = 0;
    this.#hangs = this.#outlives = this.#isEnding = false;
    using reporter = reports.expect((report) => this.#take(report, silence));
    this.#reporter = reporter;
    try {
      this.#child = new Child(
        args(),
        logLevel,
        reporter.environment,
        (notice) =>
          relay({ ...notice, stage: `${name}.${notice.stage}`, text: `${name} | ${notice.text}` }),
      );
    } catch (error) {
      this.#log.error(`${name} cannot be started: ${messageOf(error)}`);
      this.#reporter = undefined;
      return { code: 1, signal: null, summary: undefined, wasReady: false };
    }
    const watch = setInterval(() => this.#look(silence.look(performance.now())), LOOK_MS);
    try {
      const end = await this.#child.ended;
      await within(LAST_WORDS_MS, reporter.finished);
      return { ...end, wasReady: this.#ready !== undefined };
    } finally {
      clearInterval(watch);
      this.#child = this.#reporter = this.#ready = undefined;
    }
  }

  #take(report: Report, silence: Silence): void {
    const { alive, unhealthy, stuck } = report;
    if (alive !== undefined) this.#life = { alive, unhealthy, stuck };
    // One that says that it does nothing any more has as good as said nothing.
    if (stuck !== undefined) return;
    silence.end();
    this.#silentMs = 0;
    this.#lastHeardMs = performance.now();
    if (report.ready !== undefined) {
      const isFirst = this.#ready === undefined;
      this.#ready = report.ready;
      if (isFirst && this.#options.catchesUp && this.#stopping.signal.aborted) this.#askToEnd();
    }
    if (report.done !== undefined) this.#done = report.done;
    if (report.ending) this.#isEnding = true;
    if (report.drained) this.#drained.resolve();
    if (alive === undefined) this.#options.onReport?.(report, (order) => this.#tell(order));
  }

  #tell(order: Order): void {
    this.#reporter?.tell(order);
  }

  #look(silentMs: number): void {
    const { name } = this.#options;
    this.#silentMs = silentMs;
    const mostMs = this.#mostSilentMs;
    if (silentMs < mostMs) return;
    const hung = formatDuration(silentMs);
    if (!this.#hangs) {
      this.#hangs = true;
      const why = this.#life?.stuck ?? `it has said nothing for ${hung}`;
      this.#log.error(`${name} hangs (${why}): killing it` + this.#lastWords());
      this.#child?.kill("SIGKILL");
    } else if (!this.#outlives && silentMs >= mostMs + KILLED_MS) {
      this.#outlives = true;
      this.#log.error(
        `${name} was killed, but does not end: is its disk blocked? it is waited for`,
      );
    }
  }
}

/** How a process has died, as it follows its name. */
export function deathOf({ code, signal }: { code: number | null; signal: string | null }): string {
  return signal === null ? `has died (exit code ${code})` : `was killed by ${signal}`;
}
