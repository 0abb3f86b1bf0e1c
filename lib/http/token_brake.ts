import type { StageLog } from "../notice.ts";

/** Delay of the first refusal of an address, ms. Each further one waits twice as long. */
const FIRST_MS = 50;

/** The longest delay of a refusal, ms. A page waits longer than this for its answer. */
export const MOST_REFUSAL_MS = 2000;

/** An address without a wrong token for this long is forgotten, ms. */
const FORGET_MS = 60_000;

/** How many addresses are kept. */
const MAX_ADDRESSES = 1024;

/** Wrong tokens after which an address waits for each check of a token that it has not yet shown. */
const MANY = 16;

/** That wait, ms. */
const CHECK_MS = 100;

/** The shortest time between two lines in the log, ms. */
const LINE_MS = 60_000;

/**
 * Slows down who guesses tokens, by address.
 *
 * A refusal waits longer with each wrong token of its address: 50 ms, 100 ms, up to 2 s. The right
 * token is answered at once, since others may share the address; after 16 wrong ones it waits for
 * 100 ms, because a guesser need not wait for refusals. An address is forgotten after a minute
 * without a wrong token. It keeps 1024 addresses: a further one takes the place of the one whose
 * last wrong token is the oldest. The log has a line at the first wrong token, and then at most one
 * each minute.
 */
export class TokenBrake {
  readonly #log: StageLog;
  /** In the order of their last wrong tokens, oldest first. */
  readonly #addresses = new Map<string, { wrong: number; lastMs: number }>();
  #toldMs = -Infinity;
  #untold = 0;
  /** How many wrong tokens there were. */
  wrong = 0;

  constructor(log: StageLog) {
    this.#log = log;
  }

  /** How many addresses it keeps. */
  get addresses(): number {
    return this.#addresses.size;
  }

  /** How long an address waits before its token is looked at, ms. */
  checkDelayMs(address: string, nowMs: number): number {
    return this.#wrongOf(address, nowMs) >= MANY ? CHECK_MS : 0;
  }

  /** Notes a wrong token. @returns how long its refusal waits, ms */
  refusalDelayMs(address: string, nowMs: number): number {
    const wrong = this.#wrongOf(address, nowMs) + 1;
    this.#addresses.delete(address);
    if (this.#addresses.size >= MAX_ADDRESSES) {
      for (const [oldest] of this.#addresses) {
        this.#addresses.delete(oldest);
        break;
      }
    }
    this.#addresses.set(address, { wrong, lastMs: nowMs });
    this.wrong++;
    this.#untold++;
    this.#tell(address, wrong, nowMs);
    return Math.min(MOST_REFUSAL_MS, FIRST_MS * 2 ** Math.min(wrong - 1, 16));
  }

  #wrongOf(address: string, nowMs: number): number {
    const known = this.#addresses.get(address);
    return known === undefined || nowMs - known.lastMs >= FORGET_MS ? 0 : known.wrong;
  }

  #tell(address: string, wrong: number, nowMs: number): void {
    if (nowMs - this.#toldMs < LINE_MS) return;
    const untold = this.#untold;
    this.#toldMs = nowMs;
    this.#untold = 0;
    this.#log.warning(
      `${address} sent a wrong token` +
        (untold === 1
          ? ""
          : `, its number ${wrong}; ${untold} wrong ones from all addresses since the last such line`),
      { fields: { address, wrong, untold } },
    );
  }
}
