import { cameraPicture } from "../../../lib/picture/camera_picture.ts";
import { PixelStatistics } from "../../../lib/picture/pixel_statistics.ts";
import { Series } from "../../../lib/picture/series.ts";
import { seriesPicture } from "../../../lib/picture/series_picture.ts";
import type { Row } from "../../../lib/recording/table/row.ts";
import { utcText } from "../../../lib/text/time_text.ts";
import type { Values } from "../../options/option.ts";
import { type PICTURE_OPTIONS, scaleOf, USUAL_RANGE } from "../../options/picture_options.ts";
import { count } from "../../terminal/format.ts";

/** Two events with a larger TACK difference do not follow each other. */
const MAX_TACK_STEP_SECONDS = 60;

/** A picture, and the number of its events. */
export interface Drawn {
  svg: string;
  events: number;
}

/** The camera image of one event, or of all; undefined without events. */
export async function drawImage(
  what: "event" | "mean" | "rms",
  rows: AsyncIterable<Row>,
  path: string,
  values: Values<typeof PICTURE_OPTIONS> & { event: bigint | undefined },
): Promise<Drawn | undefined> {
  const { event, badPixel: badPixels } = values;
  const found = what === "event" ? await oneEvent(rows, event) : await statisticsOf(what, rows);
  if (found === undefined) return undefined;
  const isGood = (_: number, pixel: number) => !badPixels.includes(pixel);
  // The scatter is much smaller than the usual voltages, and 0 has no logarithm.
  const range = values.range ?? (what === "rms" || values.log ? "auto" : USUAL_RANGE);
  const svg = cameraPicture({
    values: found.image,
    scale: scaleOf({ ...values, range }, found.image.filter(isGood)),
    unit: "mV",
    title: `${nameOf(path)}: ${found.title}`,
    subtitle: found.subtitle,
    badPixels,
  });
  return { svg, events: found.events };
}

interface Image {
  image: Float64Array;
  title: string;
  subtitle: string;
  events: number;
}

async function oneEvent(
  rows: AsyncIterable<Row>,
  number: bigint | undefined,
): Promise<Image | undefined> {
  for await (const row of rows) {
    if (row.number !== number) continue;
    return {
      image: Float64Array.from(row.millivolts),
      title: `event ${row.number} of run ${row.run}`,
      subtitle: `received ${utcText(row.receiveTime)}, TACK ${row.timestampNs} ns`,
      events: 1,
    };
  }
  return undefined;
}

async function statisticsOf(
  what: "mean" | "rms",
  rows: AsyncIterable<Row>,
): Promise<Image | undefined> {
  const statistics = new PixelStatistics();
  let [first, last]: (Row | undefined)[] = [];
  for await (const row of rows) {
    first ??= row;
    last = row;
    statistics.add(row.millivolts);
  }
  if (first === undefined || last === undefined) return undefined;
  return {
    image: what === "mean" ? statistics.means : statistics.rms,
    title: `${what === "mean" ? "mean" : "rms"} of ${count(statistics.events)} events`,
    subtitle: `received ${utcText(first.receiveTime)} to ${utcText(last.receiveTime)}`,
    events: statistics.events,
  };
}

/** Time series of all events; undefined without events. */
export async function drawSeries(
  rows: AsyncIterable<Row>,
  path: string,
): Promise<Drawn | undefined> {
  const series = new Series();
  let [first, last]: (Row | undefined)[] = [];
  let [events, seconds] = [0, 0];
  for await (const row of rows) {
    first ??= row;
    seconds += last === undefined ? 0 : secondsBetween(last, row);
    last = row;
    events++;
    series.add(seconds, row.mask, row.millivolts);
  }
  if (first === undefined) return undefined;
  const svg = seriesPicture({
    bins: series.bins,
    title: `${nameOf(path)}: ${count(events)} events`,
    subtitle: `from ${utcText(first.receiveTime)}`,
  });
  return { svg, events };
}

/** Times by TACK, which are evenly spaced; after a reset or a pause, by receive time. */
function secondsBetween(before: Row, row: Row): number {
  const byTack = Number(row.timestampNs - before.timestampNs) / 1e9;
  if (byTack >= 0 && byTack < MAX_TACK_STEP_SECONDS) return byTack;
  return Math.max(0, row.receiveTime - before.receiveTime);
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, "");
}
