/**
 * A small file `.PREFIX.resume` beside the files of a folder: the last event of each run that was
 * flushed, and the file that has it. From it a recorder that resumes knows what was stored in files that are not
 * there any more, as those that were moved off a full disk.
 *
 * It is one page, made with the first file of the folder and overwritten in place, each time by one
 * write: a full disk does not hinder that, and a SIGKILL leaves the old one or the new one. Lost power
 * may leave half of each, which the checksum tells.
 *
 * @module
 */

import { basename, join } from "node:path";
import { messageOf, reasonOf } from "../../errors.ts";
import type { StageLog } from "../../notice.ts";
import { checkPlainFile, kindOf } from "../../files/file_kind.ts";
import { type LastEvent, type RunId, runKey } from "../../wire/run_id.ts";
import { tryLock } from "../../files/file_lock.ts";
import { lookup3 } from "../hdf5/lookup3.ts";

/** A run's last event, and where it is. */
export interface StoredEvent extends LastEvent {
  /** Name of the file, without its folder. */
  file: string;
}

const MARK_BYTES = 4096;

/** Runs that are remembered; beyond, the one that has had nothing for longest is not. */
const MAX_RUNS = 16;

/** Between two writes. */
const INTERVAL_MS = 1000;

const HEAD = "ssdaq resume 1 ";
const CHECKSUM_DIGITS = 8;

/** Writes the mark of a folder; where it cannot be written, it does without and says so. */
export class ResumeMark implements Disposable {
  readonly #prefix: string;
  readonly #path: string;
  readonly #log: StageLog;
  #file: Deno.FsFile | undefined;
  /** The one that had an event last comes last. */
  readonly #byRun = new Map<bigint, StoredEvent>();
  #isChanged = false;
  #writtenMs = -Infinity;

  /** Opens it, and remembers what is in it. */
  constructor(folder: string, prefix: string, log: StageLog) {
    this.#prefix = prefix;
    this.#path = markPath(folder, prefix);
    this.#log = log;
    try {
      const kind = kindOf(this.#path);
      if (kind !== "absent" && kind !== "file") throw new Error("it is no plain file");
      this.#file = Deno.openSync(this.#path, { read: true, write: true, create: true });
      if (!tryLock(this.#file, "exclusive")) throw new Error("another recorder writes it");
      for (const event of decode(readPage(this.#file), prefix) ?? []) this.note(event);
      // Its page is had now, for there may be no room for it later.
      this.#isChanged = true;
      this.write();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Takes note of the last event of a run that others can read. */
  note(event: StoredEvent): void {
    if (event.run === 0n) return;
    const key = runKey(event);
    const before = this.#byRun.get(key);
    if (before?.number === event.number && before.file === event.file) return;
    this.#byRun.delete(key);
    this.#byRun.set(key, event);
    this.#isChanged = true;
    const [oldest] = this.#byRun.keys();
    if (oldest !== undefined && this.#byRun.size > MAX_RUNS) this.#byRun.delete(oldest);
  }

  /** Forgets a run whose events are gone: they are to be stored again. */
  forget(run: RunId): void {
    if (this.#byRun.delete(runKey(run))) this.#isChanged = true;
  }

  /** Writes what was noted, if the last time is a second ago. */
  writeIfDue(nowMs: number): void {
    if (!this.#isChanged || nowMs - this.#writtenMs < INTERVAL_MS) return;
    this.#writtenMs = nowMs;
    this.write();
  }

  /** Writes what was noted. */
  write(): void {
    if (!this.#isChanged || this.#file === undefined) return;
    this.#isChanged = false;
    try {
      this.#file.seekSync(0, Deno.SeekMode.Start);
      const written = this.#file.writeSync(encode([...this.#byRun.values()], this.#prefix));
      if (written !== MARK_BYTES) throw new Error(`only ${written} bytes were written`);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Writes what was noted, and closes it. */
  [Symbol.dispose](): void {
    this.write();
    this.#file?.close();
    this.#file = undefined;
  }

  #giveUp(error: unknown): void {
    this.#file?.close();
    this.#file = undefined;
    this.#log.warning(
      `cannot write ${this.#path}: ${reasonOf(error)}; should files be moved from there, a ` +
        "recorder that resumes will store their events again",
      { fields: { path: this.#path } },
    );
  }
}

/**
 * Reads the mark of a folder.
 *
 * @param log told when it is there and cannot be read
 * @returns the last event of each run, oldest first; none without a mark
 */
export function readResumeMark(
  folder: string,
  prefix: string,
  log: StageLog,
): StoredEvent[] {
  const path = markPath(folder, prefix);
  try {
    checkPlainFile(path);
    using file = Deno.openSync(path);
    const page = readPage(file);
    const events = decode(page, prefix);
    if (events === undefined && page.length > 0) throw new Error("it is damaged");
    return events ?? [];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      log.warning(`left alone: ${path}: ${messageOf(error)}`);
    }
    return [];
  }
}

function markPath(folder: string, prefix: string): string {
  return join(folder, `.${prefix}.resume`);
}

function readPage(file: Deno.FsFile): Uint8Array<ArrayBuffer> {
  const page = new Uint8Array(MARK_BYTES);
  return page.subarray(0, file.readSync(page) ?? 0);
}

/** Names are written without their prefix: so a run takes 150 bytes at most, and all have room. */
function encode(events: readonly StoredEvent[], prefix: string): Uint8Array<ArrayBuffer> {
  const runs = events.map(({ run, epoch, number, file }) => [
    String(run),
    epoch,
    String(number),
    basename(file).slice(prefix.length),
  ]);
  const body = new TextEncoder().encode(JSON.stringify(runs));
  const page = new Uint8Array(MARK_BYTES).fill(0x20);
  page.set(new TextEncoder().encode(`${HEAD}${checksumOf(body)} `));
  page.set(body, HEAD.length + CHECKSUM_DIGITS + 1);
  page[MARK_BYTES - 1] = 0x0a;
  return page;
}

function decode(page: Uint8Array<ArrayBuffer>, prefix: string): StoredEvent[] | undefined {
  const text = new TextDecoder().decode(page).trimEnd();
  const body = text.slice(HEAD.length + CHECKSUM_DIGITS + 1);
  const sum = checksumOf(new TextEncoder().encode(body));
  if (!text.startsWith(`${HEAD}${sum} `)) return undefined;
  const runs = JSON.parse(body) as [string, number, string, string][];
  return runs.map(([run, epoch, number, name]) => ({
    run: BigInt(run),
    epoch,
    number: BigInt(number),
    file: prefix + name,
  }));
}

function checksumOf(body: Uint8Array): string {
  return lookup3(body).toString(16).padStart(CHECKSUM_DIGITS, "0");
}
