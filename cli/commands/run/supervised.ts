import { messageOf } from "../../../lib/errors.ts";
import { type Log, type NoticeLevel, StageLog } from "../../../lib/notice.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import { sleep } from "../../../lib/time/sleep.ts";
import { within } from "../../../lib/time/within.ts";
import type { Life, Order, Ready, Report } from "../../process/report.ts";
import type { Reporter, ReportSocket } from "../../process/report_socket.ts";
import { BackOff, type BackOffTimes } from "./back_off.ts";
import { Child, type ChildEnd } from "./child.ts";
import { Silence } from "./silence.ts";

/** How often the supervisor checks whether a process has reported. */
const LOOK_MS = 250;

/** The longest time until a process reports for the first time that it is ready. */
const START_MS = 60_000;

/** The longest silence of a process that ends: ZeroMQ then delivers for up to 30 s. */
const ENDING_MS = 60_000;

/** A killed process that has not ended after this time is reported. */
const KILLED_MS = 5000;

/** How long the supervisor waits for the last reports of a process that has ended. */
const LAST_REPORT_MS = 1000;

/** The longest times of a process. */
export interface Patience {
  /** Between two reports, once it is ready; then it counts as hung and is killed, ms. */
  hangMs: number;
  /** To drain, ms; then it must end with what it has. */
  drainMs: number;
  /** To end after that, ms; then it is killed. */
  endMs: number;
}

/** What happened to a supervised command. */
export interface SupervisedSummary {
  /** Its name. */
  name: string;
  /** How often it was started. */
  starts: number;
  /** Its last exit code; null when it did not run at the end, or could not be ended. */
  code: number | null;
  /** The signal that killed it at the end; null without one. */
  signal: Deno.Signal | null;
  /** Whether it ended as expected. */
  ok: boolean;
  /** Why its work was done before the request to end; null when it was not done. */
  done: string | null;
  /** Whether it took too long to drain, and had to end with what it had. */
  late: boolean;
  /** Its last summary. */
  summary: unknown;
}

/** How to supervise a command. */
export interface SupervisedOptions {
  name: string;
  /** Arguments after `ssdaq`; read at each start. */
  args: () => readonly string[];
  log: Log;
  /** Gets the notices of its log; the texts already have the advice. */
  relay: Log;
  /** Its lowest log level. @default "info" */
  logLevel?: NoticeLevel;
  /** Where it reports to. */
  reports: ReportSocket;
  backOff: BackOffTimes;
  patience: Patience;
  /** Gets its reports, without those that it is alive; `send` sends an answer. */
  onReport?: (report: Report, send: (order: Order) => void) => void;
  /** Called when it has ended; `lastHeardMs` is the time of its last report if it was killed as hung. */
  onEnd?: (lastHeardMs: number, end: LifeEnd) => void;
  /**
   * Whether it can fetch later what it missed while it was down. Such a process is asked to end only
   * when it is ready. If it is down at the end, or dies then, it starts once more.
   * @default false
   */
  catchesUp?: boolean;
}

/** How one life of a supervised command ended. */
export interface LifeEnd extends ChildEnd {
  /** Whether it had been ready. */
  wasReady: boolean;
}

/**
 * An ssdaq command that starts again when it ends, until it is stopped or reports that its work is
 * done. It is killed when it hangs, which means that it does not report any more.
 */
export class Supervised {
  readonly name: string;
  /**
   * Resolves when it has ended for ever: it was stopped; it reported that its work is done; or it
   * refused its configuration at its first start (exit code 2).
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
  /** Whether it must end with what it has, and its missing events are given up. */
  #isGivenUp = false;
  /** Whether it is in the one extra life at the end. */
  #isLastLife = false;
  #hangs = false;
  /** Whether it still runs though it was killed, and this was logged. */
  #survivesKill = false;
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

  /** Whether it runs now, and does not wait for a restart. */
  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Its report that it is ready; undefined until then. */
  get ready(): Ready | undefined {
    return this.#ready;
  }

  /** Its state, in one line. */
  get state(): string {
    if (!this.running) return this.#done === undefined ? "is down" : "is done";
    if (this.#isSilent) return `has been silent for ${formatDuration(this.#silentMs)}`;
    const { unhealthy = [] } = this.#life ?? {};
    return [this.#ready === undefined ? "starts" : "runs", ...unhealthy].join(", ");
  }

  /** Whether it is not known to hang. */
  get alive(): boolean {
    // A blocked disk of a recorder must not end a daemon that receives data.
    const isOneOfMany = this.#options.catchesUp === true && this.#survivesKill;
    return !this.running || isOneOfMany || !this.#isSilent;
  }

  /**
   * Asks it to drain and to serve on. Resolves when it has drained or ended, or when its time is up,
   * which is logged.
   *
   * @param stayMs how long it serves on at most
   */
  async drain(stayMs: number): Promise<void> {
    this.#stopping.abort();
    if (this.#reporter?.connected) this.#reporter.send({ drain: { stayMs } });
    else this.#child?.kill("SIGTERM");
    const { name, patience: { drainMs } } = this.#options;
    const inTime = await within(drainMs, Promise.race([this.#drained.promise, this.ended]));
    if (!inTime) {
      this.#log.warning(
        `${name} has not drained in ${formatDuration(drainMs)}: ssdaq run does not wait for it`,
      );
    }
  }

  /**
   * Asks it to drain and end, and waits for that. When its time is up it is asked again, and then
   * killed. What it had not stored is lost then, which is logged.
   *
   * @param hurry aborted when it must end soon
   */
  async stop(hurry?: AbortSignal): Promise<SupervisedSummary> {
    const { name, patience: { drainMs, endMs } } = this.#options;
    this.#isGivenUp = hurry?.aborted === true;
    this.#stopping.abort();
    if (this.#survivesKill) return this.#abandon();
    this.#askToEnd();
    const hurried = Promise.withResolvers<void>();
    const onHurry = () => hurried.resolve();
    if (hurry?.aborted) onHurry();
    hurry?.addEventListener("abort", onHurry, { once: true });
    try {
      this.#isLate = !await within(drainMs, Promise.race([this.ended, hurried.promise]));
      if (this.#isLate) {
        this.#log.warning(
          `${name} has not drained in ${formatDuration(drainMs)}: it must end with what it has` +
            this.#lastReport(),
        );
      }
      this.#isGivenUp = true;
      this.#child?.kill("SIGTERM");
      if (!await within(endMs, this.ended)) {
        this.#isLate = true;
        this.#log.error(
          `${name} does not end: it is killed, and what it has not written is lost` +
            this.#lastReport(),
        );
        this.#child?.kill("SIGKILL");
        if (!await within(KILLED_MS, this.ended)) {
          return this.#abandon();
        }
      }
      const summary = await this.ended;
      return { ...summary, late: this.#isLate, ok: summary.ok && !this.#isLate };
    } finally {
      hurry?.removeEventListener("abort", onHurry);
    }
  }

  #abandon(): SupervisedSummary {
    const { name } = this.#options;
    this.#log.error(
      `${name} was killed, but does not end: is its disk blocked? ssdaq run ends without it`,
    );
    const none = { code: null, signal: null, done: null, summary: undefined };
    return { ...none, name, starts: this.#starts, ok: false, late: true };
  }

  /** Whether it has not reported for so long that it may hang. */
  get #isSilent(): boolean {
    return this.#silentMs >= (this.#isStill ? this.#mostSilentMs : this.#mostSilentMs / 2);
  }

  /** Whether it is in a phase with few reports. */
  get #isStill(): boolean {
    return this.#isEnding || this.#ready === undefined;
  }

  /** How long it may be without a report. */
  get #mostSilentMs(): number {
    if (this.#isEnding) return ENDING_MS;
    return this.#ready === undefined ? START_MS : this.#options.patience.hangMs;
  }

  #lastReport(): string {
    return this.#life === undefined ? "" : `; its last report: ${this.#life.alive}`;
  }

  /** Asks it to drain. A process that can fetch missed events is asked only when it is ready. */
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
        ...{ ok: code === 0 || this.#hasJustStarted(end), late: false, summary: end.summary },
      };
      if (done !== undefined) {
        this.#log.info(`${name} is done: ${done}`);
        return summary;
      }
      if (code === 2 && this.#starts === 1) return summary;
      if (this.#stopping.signal.aborted) {
        if (summary.ok || !this.#mayStartOnceMore) return summary;
        this.#log.error(`${name} ${deathOf(end)}; it starts once more, to fetch what it missed`);
        this.#isLastLife = true;
        continue;
      }
      const delayMs = backOff.delayMs(performance.now() - startMs);
      const what = code === 0 ? "has ended without a request" : deathOf(end);
      this.#log.error(`${name} ${what}; it starts again in ${formatDuration(delayMs)}`);
      await sleep(delayMs, this.#stopping.signal);
      if (!this.#stopping.signal.aborted) continue;
      if (!this.#mayStartOnceMore) return { ...summary, code: null, ok: code === 0 };
      this.#log.warning(`${name} is down: it starts once more, to fetch what it missed`);
      this.#isLastLife = true;
    }
  }

  get #mayStartOnceMore(): boolean {
    return this.#options.catchesUp === true && !this.#isGivenUp && !this.#isLastLife;
  }

  /** Whether our own signal ended it before it could handle signals: then it had no data. */
  #hasJustStarted({ signal, wasReady }: LifeEnd): boolean {
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
    this.#hangs = this.#survivesKill = this.#isEnding = false;
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
      await within(LAST_REPORT_MS, reporter.finished);
      return { ...end, wasReady: this.#ready !== undefined };
    } finally {
      clearInterval(watch);
      this.#child = this.#reporter = this.#ready = undefined;
    }
  }

  #take(report: Report, silence: Silence): void {
    const { alive, unhealthy, stuck } = report;
    if (alive !== undefined) this.#life = { alive, unhealthy, stuck };
    // A process that reports that it is stuck counts as silent.
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
    if (alive === undefined) this.#options.onReport?.(report, (order) => this.#send(order));
  }

  #send(order: Order): void {
    this.#reporter?.send(order);
  }

  #look(silentMs: number): void {
    const { name } = this.#options;
    this.#silentMs = silentMs;
    const mostMs = this.#mostSilentMs;
    if (silentMs < mostMs) return;
    const hung = formatDuration(silentMs);
    if (!this.#hangs) {
      this.#hangs = true;
      const why = this.#life?.stuck ?? `no report for ${hung}`;
      this.#log.error(`${name} hangs (${why}): it is killed` + this.#lastReport());
      this.#child?.kill("SIGKILL");
    } else if (!this.#survivesKill && silentMs >= mostMs + KILLED_MS) {
      this.#survivesKill = true;
      this.#log.error(
        `${name} was killed, but does not end: is its disk blocked? ssdaq run waits for it`,
      );
    }
  }
}

/** How a process died, as it follows its name in a message. */
export function deathOf({ code, signal }: { code: number | null; signal: string | null }): string {
  return signal === null ? `died (exit code ${code})` : `was killed by ${signal}`;
}
