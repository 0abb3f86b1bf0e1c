import { itemAt } from "../item_at.ts";

/** Which values are shown, and how they are spread over colours or over an axis. */
export interface Scale {
  /** The value at place 0, and that at place 1: above `low`. */
  low: number;
  high: number;
  /** Even steps are even factors; `low` must be above 0 then. @default false */
  log?: boolean;
}

/** What is left out at either end of an automatic range. */
const TAIL = 0.005;

/** Values that differ by no more than this part are the same. */
const FLAT = 1e-9;

/** On a logarithmic scale, what is less is nothing. */
const LEAST = 1e-6;

/** Where a value stands: 0 at `low`, 1 at `high`, beyond them outside; NaN for NaN. */
export function placeOf(value: number, { low, high, log = false }: Scale): number {
  if (!log) return (value - low) / (high - low);
  if (Number.isNaN(value)) return NaN;
  return value <= 0 ? -Infinity : Math.log(value / low) / Math.log(high / low);
}

/**
 * A range for values: all but half a per cent at either end, from a round value to a round value.
 *
 * @param values NaN among them are left out
 * @param log whether `low` is to be above 0
 */
export function automaticScale(values: Iterable<number>, log = false): Scale {
  const shown = Array.from(values).filter((value) =>
    log ? value > LEAST && value < Infinity : Number.isFinite(value)
  );
  if (shown.length === 0) return { low: log ? 1 : 0, high: log ? 10 : 1, log };
  shown.sort((a, b) => a - b);
  const last = shown.length - 1;
  const low = itemAt(shown, Math.floor(TAIL * last));
  const high = itemAt(shown, Math.ceil((1 - TAIL) * last));
  if (log) {
    const top = 10 ** Math.ceil(Math.log10(high));
    const bottom = 10 ** Math.floor(Math.log10(low));
    return { low: bottom, high: top > bottom ? top : 10 * bottom, log };
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  const isFlat = high - low <= FLAT * Math.max(size, 1);
  const step = roundStep(isFlat ? Math.max(size, 1) / 10 : (high - low) / 10);
  const bottom = Math.floor(low / step) * step;
  const top = Math.ceil(high / step) * step;
  return { low: bottom, high: top > bottom ? top : bottom + step, log };
}

/**
 * Round values to write beside a scale.
 *
 * @param wanted about how many
 */
export function ticksOf({ low, high, log = false }: Scale, wanted = 5): number[] {
  if (log) return logTicks(low, high);
  const step = roundStep((high - low) / wanted);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, index) => roundTo(step, (first + index) * step));
}

/** A value as short as the step between ticks allows. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential().replace("+", "");
  return String(value);
}

function logTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of [1, 2, 5]) {
      const tick = roundTo(10 ** power, factor * 10 ** power);
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks;
}

/** 1, 2 or 5 times a power of ten: the next that is not smaller. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step) + 1e-9);
  const factor = [1, 2, 5].find((factor) => factor * power >= step * (1 - 1e-9)) ?? 10;
  return roundTo(power, factor * power);
}

/** Without the crumbs that sums of doubles leave. */
function roundTo(step: number, value: number): number {
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Number(value.toFixed(Math.min(decimals, 100)));
}
