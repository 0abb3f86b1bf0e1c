/// <reference lib="dom" />
import uPlot from "uplot";
import { itemAt } from "../../item_at.ts";
import { timeOfDayText } from "../../text/time_text.ts";
import type { Columns } from "../client/recent.ts";

const HEIGHT = 130;

/**
 * Colours that are visible on light and dark. Dashes are added, because colour must not be the only
 * sign.
 */
const COLOURS = ["#3b82c4", "#d1603d", "#3c9a55", "#a855c7", "#b58900", "#7a7f8a"];
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

/** A chart of values against time. It fills the width of its element. */
export class Chart {
  readonly #place: HTMLElement;
  readonly #plot: uPlot;

  constructor(place: HTMLElement, unit: string, labels: readonly string[]) {
    const style = getComputedStyle(document.documentElement);
    // Read at each drawing, because the theme may change.
    const text = () => style.getPropertyValue("--text");
    const line = () => style.getPropertyValue("--line");
    const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
    this.#place = place;
    this.#plot = new uPlot(
      {
        width: this.#width,
        height: HEIGHT,
        legend: { show: labels.length > 1, live: false },
        cursor: { show: false },
        scales: { x: { time: true } },
        axes: [{ ...axis, space: 80, values: (_plot, times) => times.map(timeOfDayText) }, {
          ...axis,
          size: 64,
          label: unit,
          labelSize: 16,
        }],
        series: [
          {},
          ...labels.map((label, index) => ({
            label,
            stroke: itemAt(COLOURS, index % COLOURS.length),
            dash: itemAt(DASHES, index % DASHES.length),
            width: 1.5,
          })),
        ],
      },
      [[], ...labels.map(() => [])],
      place,
    );
  }

  show(columns: Columns): void {
    this.#plot.setData(columns);
  }

  resize(): void {
    this.#plot.setSize({ width: this.#width, height: HEIGHT });
  }

  get #width(): number {
    return Math.max(200, this.#place.clientWidth);
  }
}
