import { itemAt } from "../../../lib/item_at.ts";
import { SLOTS } from "../../../lib/wire/camera.ts";
import { OperationError, reasonOf } from "../../../lib/errors.ts";
import { checkOpenable } from "../../../lib/files/file_kind.ts";
import { DAEMON_SECTIONS, ledgerIn, newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import type { DaemonAccount, SlotAccount } from "./account.ts";

/** Counters of a slot that are needed. */
const SLOT_COUNTERS = ["decoded", "placed", "late", "duplicate"] as const;

/** What daemons and recorders said of themselves. */
export interface ToldAccounts {
  /** Of all daemons together; undefined when none is among them. */
  daemon: DaemonAccount | undefined;
  /** Events that recorders could not write, which their files cannot tell. */
  unstored: number;
}

/**
 * Reads what daemons said (`GET /status`, or what `ssdaq daemon --json` printed) and what recorders
 * said (`ssdaq record --json`). Several, one after the other, add up.
 *
 * @throws {OperationError} when a file cannot be read or is none of these
 */
export function readToldAccounts(paths: readonly string[]): ToldAccounts {
  const told = paths.map(readAccount);
  const accounts = told.filter((account) => typeof account !== "number");
  const unstored = told.filter((account) => typeof account === "number")
    .reduce((sum, count) => sum + count, 0);
  return { daemon: accounts.length === 0 ? undefined : sumOf(accounts), unstored };
}

function sumOf(accounts: readonly DaemonAccount[]): DaemonAccount {
  const ledger = newDaemonLedger();
  const slots = Array.from({ length: SLOTS }, (_, slot) => newSlotAccount(slot));
  for (const account of accounts) {
    for (const section of DAEMON_SECTIONS) {
      const total: Record<string, number> = ledger[section];
      for (const [name, count] of Object.entries(account.ledger[section])) {
        total[name] = (total[name] ?? 0) + count;
      }
    }
    for (const slot of account.slots) {
      const total = itemAt(slots, slot.slot);
      for (const name of SLOT_COUNTERS) total[name] += slot[name];
    }
  }
  const haveSlots = accounts.every((account) => account.slots.length > 0);
  return { ledger, slots: haveSlots ? slots : [] };
}

/** A daemon's account, or the number of events that a recorder could not write. */
function readAccount(path: string): DaemonAccount | number {
  try {
    checkOpenable(path);
    const status: unknown = JSON.parse(Deno.readTextFileSync(path));
    if (memberOf(status, "command") === "record") {
      return ledgerIn(memberOf(status, "ledger"), ["recorder"]).recorder.unstored;
    }
    return {
      ledger: ledgerIn(memberOf(status, "ledger"), DAEMON_SECTIONS),
      slots: slotsIn(status),
    };
  } catch (error) {
    throw new OperationError(
      `cannot read ${path}: ${reasonOf(error)}; give what ssdaq ctl status --json, ssdaq daemon ` +
        "--json or ssdaq record --json printed",
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
