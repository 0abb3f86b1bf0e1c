/**
 * A small file `.PREFIX.resume` in a folder of files. It has the last flushed event of each run,
 * and the name of the file with that event. From it, a recorder that resumes knows what was stored
 * in files that are no longer there, for example because they were moved off a full disk.
 *
 * It is one page. It is created with the first file of the folder and overwritten in place, each
 * time by one write. So a full disk does not matter, and a SIGKILL leaves the old page or the new
 * one. A power loss may leave half of each; the checksum shows that.
 *
 * @module
 */

import { basename, join } from "node:path";
import { messageOf, reasonOf } from "../../errors.ts";
import { checkPlainFile, kindOf } from "../../files/file_kind.ts";
import { tryLock } from "../../files/file_lock.ts";
import type { StageLog } from "../../notice.ts";
import { stoppingPoint } from "../../stopping_point.ts";
import { type LastEvent, type RunId, runKey } from "../../wire/run_id.ts";
import { lookup3 } from "../hdf5/lookup3.ts";

/** A run's last event, and its file. */
export interface StoredEvent extends LastEvent {
  /** Name of the file, without its folder. */
  file: string;
}

const MARK_BYTES = 4096;

/**
 * Maximum number of runs that are remembered. Beyond it, the run without events for longest is
 * forgotten.
 */
const MAX_RUNS = 16;

/** Time between two writes. */
const INTERVAL_MS = 1000;

const HEAD = "ssdaq resume 1 ";
const CHECKSUM_DIGITS = 8;

/** Writes the mark of a folder. If that fails, it logs a warning and continues without it. */
export class ResumeMark implements Disposable {
  readonly #prefix: string;
  readonly #path: string;
  readonly #log: StageLog;
  #file: Deno.FsFile | undefined;
  /** The last events; the run with the newest event is last. */
  readonly #byRun = new Map<bigint, StoredEvent>();
  #isChanged = false;
  #writtenMs = -Infinity;

  /** Opens the mark and reads it. */
  constructor(folder: string, prefix: string, log: StageLog) {
    this.#prefix = prefix;
    this.#path = markPath(folder, prefix);
    this.#log = log;
    try {
      const kind = kindOf(this.#path);
      if (kind !== "absent" && kind !== "file") throw new Error("it is not a plain file");
      if (kind === "file" && isLink(this.#path)) throw new Error("it is a link");
      this.#file = Deno.openSync(this.#path, { read: true, write: true, create: true });
      // Through a link, another user could have any file overwritten.
      if (isLink(this.#path)) throw new Error("it is a link");
      if (!tryLock(this.#file, "exclusive")) throw new Error("another recorder writes it");
      stoppingPoint("mark.opened");
      for (const event of decode(readPage(this.#file), prefix) ?? []) this.note(event);
      // Reserve its page now: later there may be no room.
      this.#isChanged = true;
      this.write();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Notes the last event of a run that others can read. */
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

  /** Forgets a run whose events are lost: they must be stored again. */
  forget(run: RunId): void {
    if (this.#byRun.delete(runKey(run))) this.#isChanged = true;
  }

  /** Writes the noted events, if the last write was a second ago or longer. */
  writeIfDue(nowMs: number): void {
    if (!this.#isChanged || nowMs - this.#writtenMs < INTERVAL_MS) return;
    this.#writtenMs = nowMs;
    this.write();
  }

  /** Writes the noted events. */
  write(): void {
    if (!this.#isChanged || this.#file === undefined) return;
    this.#isChanged = false;
    try {
      this.#file.seekSync(0, Deno.SeekMode.Start);
      const written = this.#file.writeSync(encode([...this.#byRun.values()], this.#prefix));
      if (written !== MARK_BYTES) throw new Error(`only ${written} bytes were written`);
      stoppingPoint("mark.written");
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Writes the noted events and closes the mark. */
  [Symbol.dispose](): void {
    this.write();
    this.#file?.close();
    this.#file = undefined;
  }

  #giveUp(error: unknown): void {
    this.#file?.close();
    this.#file = undefined;
    this.#log.warning(
      `cannot write ${this.#path}: ${reasonOf(error)}; if files are moved from there, a ` +
        "recorder that resumes stores their events again",
      { fields: { path: this.#path } },
    );
  }
}

/**
 * Reads the mark of a folder.
 *
 * @param log gets a warning if the mark exists and cannot be read
 * @returns the last event of each run, oldest first; empty without a mark
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
      log.warning(`not used: ${path}: ${messageOf(error)}`);
    }
    return [];
  }
}

function isLink(path: string): boolean {
  return Deno.lstatSync(path).isSymlink;
}

function markPath(folder: string, prefix: string): string {
  return join(folder, `.${prefix}.resume`);
}

function readPage(file: Deno.FsFile): Uint8Array<ArrayBuffer> {
  const page = new Uint8Array(MARK_BYTES);
  return page.subarray(0, file.readSync(page) ?? 0);
}

/** Names are written without their prefix. So a run takes at most 150 bytes, and all fit. */
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
