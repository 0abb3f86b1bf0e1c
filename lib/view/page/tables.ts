/// <reference lib="dom" />
import { itemAt } from "../../item_at.ts";
import { COUNTERS } from "../../ledger/ledger.ts";
import { SLOTS } from "../../wire/camera.ts";
import { moduleState } from "../client/state.ts";
import type { ModuleAges } from "../protocol/frame.ts";
import type { LiveSlot, LiveStatus } from "../protocol/live_status.ts";
import { count, setText } from "./elements.ts";

/** Words for a module's state. Silence must be visible without colours too. */
const STATE_WORDS = { never: "never", silent: "SILENT", heard: "ok" } as const;

/** The 32 modules, one row each. A click on a row chooses the module. */
export class ModuleTable {
  readonly #rows: { row: HTMLTableRowElement; cells: HTMLTableCellElement[] }[];

  constructor(body: HTMLTableSectionElement, onChoose: (slot: number) => void) {
    this.#rows = Array.from({ length: SLOTS }, (_, slot) => {
      const row = body.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = String(slot);
      button.setAttribute("aria-label", `show module ${slot}`);
      button.onclick = () => onChoose(slot);
      head.append(button);
      row.append(head);
      return { row, cells: Array.from({ length: 6 }, () => row.insertCell()) };
    });
  }

  show(slots: readonly LiveSlot[], ages: ModuleAges): void {
    for (const { slot, perSecond, missing, late, duplicate } of slots) {
      const { row, cells } = itemAt(this.#rows, slot);
      const age = itemAt(ages.seconds, slot);
      const state = STATE_WORDS[moduleState(ages, slot)];
      const texts = [
        state,
        perSecond.toFixed(1),
        age === Infinity ? "-" : `${age.toFixed(1)} s`,
        ...[missing, late, duplicate].map((value) => value === null ? "-" : count(value)),
      ];
      for (const [index, text] of texts.entries()) setText(itemAt(cells, index), text);
      if (row.dataset.state !== state) row.dataset.state = state;
    }
  }
}

/** The counters with their definitions. */
export class LedgerTable {
  readonly #body: HTMLTableSectionElement;
  readonly #cells = new Map<string, HTMLTableCellElement>();

  constructor(body: HTMLTableSectionElement) {
    this.#body = body;
  }

  show(ledger: LiveStatus["ledger"]): void {
    for (const [section, counters] of Object.entries(ledger)) {
      for (const [name, value] of Object.entries(counters)) {
        const key = `${section}.${name}`;
        const cell = this.#cells.get(key) ?? this.#addRow(section, name);
        this.#cells.set(key, cell);
        setText(cell, count(value));
      }
    }
  }

  #addRow(section: string, name: string): HTMLTableCellElement {
    const words: Record<string, Record<string, string>> = COUNTERS;
    const row = this.#body.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = `${section} ${name}`;
    row.append(head);
    const cell = row.insertCell();
    row.insertCell().textContent = words[section]?.[name] ?? "";
    return cell;
  }
}
