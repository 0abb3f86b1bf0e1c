import { itemAt } from "../../../lib/item_at.ts";
import type { Row } from "../../../lib/recording/table/row.ts";
import { PIXELS_PER_MODULE, SLOTS } from "../../../lib/wire/camera.ts";
import { type RunId, runKey } from "../../../lib/wire/run_id.ts";
import type { Problems } from "./problems.ts";
import type { SentReadouts } from "./sent_readouts.ts";

/** The event numbers of a run in the files. */
export interface StoredRun extends RunId {
  events: number;
  first: bigint;
  last: bigint;
}

/** Compares the rows of files with the sent readouts, and with each other. */
export class StoredEvents {
  /** By slot: sent readouts that are stored, each counted once. */
  readonly readouts: number[] = new Array<number>(SLOTS).fill(0);
  /** In the order of their first events. */
  readonly runs: StoredRun[] = [];
  readonly #byRun = new Map<bigint, StoredRun>();
  readonly #sent: SentReadouts;
  readonly #problems: Problems;

  constructor(sent: SentReadouts, problems: Problems) {
    this.#sent = sent;
    this.#problems = problems;
  }

  /** Events in the files. */
  get events(): number {
    return this.runs.reduce((total, { events }) => total + events, 0);
  }

  /** @param where the row is, for messages */
  add(row: Row, where: string): void {
    const epoch = row.epoch === 0 ? "" : `, epoch ${row.epoch}`;
    const event = `${where}, event ${row.number} of run ${row.run}${epoch}`;
    this.#addNumber(row, event);
    let least: bigint | undefined;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (((row.mask >>> slot) & 1) === 0) {
        this.#checkAbsent(row, slot, event);
        continue;
      }
      const time = itemAt(row.timesNs, 2 * slot);
      if (least === undefined || time < least) least = time;
      this.#checkReadout(row, slot, event);
    }
    if (least === undefined) this.#problems.add(`${event}: it has no module`);
    else if (least !== row.timestampNs) {
      this.#problems.add(
        `${event}: its time is ${row.timestampNs}, but its earliest readout has ${least}`,
      );
    }
  }

  #addNumber({ run, epoch, number }: Row, event: string): void {
    const key = runKey({ run, epoch });
    const stored = this.#byRun.get(key);
    if (stored === undefined) {
      const first = { run, epoch, events: 1, first: number, last: number };
      this.#byRun.set(key, first);
      this.runs.push(first);
      return;
    }
    if (number <= stored.last) {
      this.#problems.add(`${event}: it is stored after event ${stored.last}`);
      return;
    }
    stored.events++;
    stored.last = number;
  }

  #checkReadout({ timesNs, millivolts }: Row, slot: number, event: string): void {
    const match = this.#sent.find(slot, timesNs, millivolts);
    if (match === "stored") {
      this.readouts[slot] = itemAt(this.readouts, slot) + 1;
      return;
    }
    const why = {
      twice: "is stored twice",
      different: "was sent with other voltages",
      unknown: "was never sent",
    };
    this.#problems.add(
      `${event}: the readout of slot ${slot} at TACK ${timesNs[2 * slot]} ns ${why[match]}`,
    );
  }

  #checkAbsent({ timesNs, millivolts }: Row, slot: number, event: string): void {
    const module = millivolts.subarray(slot * PIXELS_PER_MODULE, (slot + 1) * PIXELS_PER_MODULE);
    const isEmpty = module.every(Number.isNaN) && timesNs[2 * slot] === 0n &&
      timesNs[2 * slot + 1] === 0n;
    if (!isEmpty) this.#problems.add(`${event}: slot ${slot} is not in the mask but has values`);
  }
}
