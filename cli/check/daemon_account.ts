import { SLOTS } from "../../lib/camera.ts";
import { OperationError, reasonOf } from "../../lib/errors.ts";
import { DAEMON_SECTIONS, type DaemonLedger, ledgerIn, newDaemonLedger } from "../../lib/ledger.ts";
import type { DaemonAccount, SlotAccount } from "./account.ts";

/** Counters of a slot that are needed. */
const SLOT_COUNTERS = ["decoded", "placed", "late", "duplicate"] as const;

/**
 * Reads what a daemon said of itself: `GET /status`, or what `ssdaq daemon --json` printed. Several
 * daemons, one after the other, add up.
 *
 * @throws {OperationError} when a file cannot be read or is neither
 */
export function readDaemonAccounts(paths: readonly string[]): DaemonAccount | undefined {
  if (paths.length === 0) return undefined;
  const accounts = paths.map(readDaemonAccount);
  const ledger = newDaemonLedger();
  const slots = Array.from({ length: SLOTS }, (_, slot) => newSlotAccount(slot));
  for (const account of accounts) {
    for (const [section, counters] of Object.entries(account.ledger)) {
      const total: Record<string, number> = ledger[section as keyof DaemonLedger];
      for (const [name, count] of Object.entries(counters)) total[name] += count;
    }
    for (const slot of account.slots) {
      for (const name of SLOT_COUNTERS) slots[slot.slot][name] += slot[name];
    }
  }
  const haveSlots = accounts.every((account) => account.slots.length > 0);
  return { ledger, slots: haveSlots ? slots : [] };
}

function readDaemonAccount(path: string): DaemonAccount {
  try {
    const status: unknown = JSON.parse(Deno.readTextFileSync(path));
    return {
      ledger: ledgerIn(memberOf(status, "ledger"), DAEMON_SECTIONS),
      slots: slotsIn(status),
    };
  } catch (error) {
    throw new OperationError(
      `cannot read ${path}: ${
        reasonOf(error)
      }; give what ssdaq ctl status --json or ssdaq daemon ` +
        "--json printed",
      { cause: error },
    );
  }
}

function slotsIn(status: unknown): SlotAccount[] {
  const slots = memberOf(status, "slots");
  if (!Array.isArray(slots)) return [];
  return slots.slice(0, SLOTS).map((told: unknown) => {
    const slot = newSlotAccount(countIn(memberOf(told, "slot"), "slot"));
    if (slot.slot >= SLOTS) throw new Error(`it has a slot ${slot.slot}`);
    for (const name of SLOT_COUNTERS) slot[name] = countIn(memberOf(told, name), name);
    return slot;
  });
}

function newSlotAccount(slot: number): SlotAccount {
  return { slot, decoded: 0, placed: 0, late: 0, duplicate: 0 };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function countIn(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`it has no count ${name}`);
}
