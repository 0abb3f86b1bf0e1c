import { itemAt } from "../item_at.ts";

/** Which values are shown, and how they are mapped to colours or to an axis. */
export interface Scale {
  /** The values at place 0 and at place 1; `high` is above `low`. */
  low: number;
  high: number;
  /** Logarithmic: even steps are even factors, and `low` must be above 0. @default false */
  log?: boolean;
}

/** Fraction of values left out at each end of an automatic range. */
const TAIL = 0.005;

/** Values are equal if their relative difference is at most this. */
const FLAT = 1e-9;

/** On a logarithmic scale, smaller values count as nothing. */
const LEAST = 1e-6;

/** Place of a value: 0 at `low`, 1 at `high`, also below 0 and above 1; NaN for NaN. */
export function placeOf(value: number, { low, high, log = false }: Scale): number {
  if (!log) return (value - low) / (high - low);
  if (Number.isNaN(value)) return NaN;
  return value <= 0 ? -Infinity : Math.log(value / low) / Math.log(high / low);
}

/**
 * A range with round limits for values. It leaves out half a per cent at each end.
 *
 * @param values NaN are skipped
 * @param log whether `low` must be above 0
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
 * Round values for the ticks of a scale.
 *
 * @param wanted approximate number of ticks
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

/** The next larger 1, 2 or 5 times a power of ten, or the step itself if it is one. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step) + 1e-9);
  const factor = [1, 2, 5].find((factor) => factor * power >= step * (1 - 1e-9)) ?? 10;
  return roundTo(power, factor * power);
}

/** A value without rounding errors of double sums. */
function roundTo(step: number, value: number): number {
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Number(value.toFixed(Math.min(decimals, 100)));
}
