/// <reference lib="dom" />
import uPlot from "uplot";
import type { Columns } from "./recent.ts";

/** A line of a chart. */
export interface Line {
  label: string;
  colour: string;
}

const HEIGHT = 130;

/** A chart of values against time, as wide as its place. */
export class Chart {
  readonly #place: HTMLElement;
  readonly #plot: uPlot;

  constructor(place: HTMLElement, unit: string, lines: readonly Line[]) {
    const style = getComputedStyle(document.documentElement);
    const axis = {
      stroke: style.getPropertyValue("--text"),
      grid: { stroke: style.getPropertyValue("--line"), width: 1 },
      ticks: { stroke: style.getPropertyValue("--line") },
    };
    this.#place = place;
    this.#plot = new uPlot(
      {
        width: this.#width,
        height: HEIGHT,
        legend: { live: false },
        cursor: { show: false },
        scales: { x: { time: true } },
        axes: [axis, { ...axis, size: 64, label: unit, labelSize: 16 }],
        series: [
          {},
          ...lines.map(({ label, colour }) => ({ label, stroke: colour, width: 1.5 })),
        ],
      },
      [[], ...lines.map(() => [])],
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
