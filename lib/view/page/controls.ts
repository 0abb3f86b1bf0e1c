/// <reference lib="dom" />
import { automaticScale, type Scale } from "../../picture/scale.ts";
import { byId } from "./elements.ts";

/** The user's settings: the inputs above the picture. */
export class Controls {
  readonly #auto = byId("auto", HTMLInputElement);
  readonly #log = byId("log", HTMLInputElement);
  readonly #low = byId("low", HTMLInputElement);
  readonly #high = byId("high", HTMLInputElement);

  /** @param onChange called when the picture must be drawn again */
  constructor(onChange: () => void) {
    for (const input of [this.#auto, this.#log, this.#low, this.#high]) input.oninput = onChange;
  }

  /** The colour scale for values. */
  scaleFor(values: Iterable<number>): Scale {
    const log = this.#log.checked;
    const isAuto = this.#auto.checked;
    this.#low.disabled = this.#high.disabled = isAuto;
    const [low, high] = [Number(this.#low.value), Number(this.#high.value)];
    if (isAuto || !(low < high)) return automaticScale(values, log);
    return { low: log && low <= 0 ? Math.max(high / 1000, 1e-3) : low, high, log };
  }
}
