import { OperationError, reasonOf } from "../../../lib/errors.ts";
import { readWholeText } from "../../../lib/files/read_whole.ts";
import { itemAt } from "../../../lib/item_at.ts";
import { DAEMON_SECTIONS, ledgerIn, newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { SLOTS } from "../../../lib/wire/camera.ts";
import type { DaemonAccount, SlotAccount } from "./account.ts";

/** The counters of a slot that are compared. */
const SLOT_COUNTERS = ["decoded", "placed", "late", "duplicate"] as const;

/** The accounts of daemons and recorders, from files. */
export interface ReportedAccounts {
  /** The sum over all daemons; undefined without a daemon. */
  daemon: DaemonAccount | undefined;
  /** Events that recorders could not write; their files do not show this. */
  unstored: number;
}

/**
 * Reads accounts of daemons (`GET /status`, or the output of `ssdaq daemon --json`) and of recorders
 * (`ssdaq record --json`). The accounts of successive processes are added.
 *
 * @throws {OperationError} when a file cannot be read, or is not such an account
 */
export function readReportedAccounts(paths: readonly string[]): ReportedAccounts {
  const reported = paths.map(readAccount);
  const accounts = reported.filter((account) => typeof account !== "number");
  const unstored = reported.filter((account) => typeof account === "number")
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

/** The longest account that is read; a usual one has less than 64 KiB. */
const MAX_ACCOUNT_BYTES = 16 * 1024 ** 2;

/** A daemon's account, or the number of events that a recorder could not write. */
function readAccount(path: string): DaemonAccount | number {
  try {
    const status: unknown = JSON.parse(readWholeText(path, MAX_ACCOUNT_BYTES));
    if (memberOf(status, "command") === "record") {
      return ledgerIn(memberOf(status, "ledger"), ["recorder"]).recorder.unstored;
    }
    return {
      ledger: ledgerIn(memberOf(status, "ledger"), DAEMON_SECTIONS),
      slots: slotsIn(status),
    };
  } catch (error) {
    throw new OperationError(
      `cannot read ${path}: ${reasonOf(error)}; give the output of ssdaq ctl status --json, ` +
        "ssdaq daemon --json or ssdaq record --json",
      { cause: error },
    );
  }
}

function slotsIn(status: unknown): SlotAccount[] {
  const slots = memberOf(status, "slots");
  if (!Array.isArray(slots)) return [];
  return slots.slice(0, SLOTS).map((entry: unknown) => {
    const slot = newSlotAccount(countIn(memberOf(entry, "slot"), "slot"));
    if (slot.slot >= SLOTS) throw new Error(`there is no slot ${slot.slot}`);
    for (const name of SLOT_COUNTERS) slot[name] = countIn(memberOf(entry, name), name);
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
  throw new Error(`it has no counter ${name}`);
}
