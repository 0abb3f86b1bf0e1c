/**
 * A recorder that is killed at a moment, or stands still there; and what must then be true of its
 * files.
 *
 * @module
 */

import { join } from "node:path";
import type { Ended } from "../../cli/process/ssdaq_process.ts";
import { kindOf } from "../../lib/files/file_kind.ts";
import { StageLog } from "../../lib/notice.ts";
import { isUnclosed } from "../../lib/recording/hdf5/superblock.ts";
import { journalPath } from "../../lib/recording/journal/journal.ts";
import { repairFile } from "../../lib/recording/repair/repair.ts";
import { readResumeMark } from "../../lib/recording/write/resume_mark.ts";
import { sleep } from "../../lib/time/sleep.ts";
import type { Feed } from "./feed.ts";
import { checkRising, filesIn, namesIn, numbersIn } from "./recorded_numbers.ts";
import { KILLED, type Stop, StoppedProcess } from "./stopped_process.ts";

const PREFIX = "p";

/** A log of this size is renamed with the next line. */
const LOG_BYTES = 10 * 2 ** 20;

/** The moments that come while a recorder goes on with the files of one that was killed. */
const OF_REPAIR = ["repair.marked", "repair.closed"];

/** The moment that comes only while a single file is gone on with. */
const OF_ONE_FILE = "resume.opened";

/** What a recorder prints, as far as it is looked at. */
interface Account {
  brokenIdentities: string[];
  ledger: { recorder: { stored: number; missed: number; unstored: number } };
}

/**
 * Stops a recorder at a moment. If it was killed there, what it had told to be flushed must be in
 * its files after a repair; and another recorder, which goes on, must have every event once. If it
 * stood still, it must itself have every event once.
 *
 * @param folder an empty folder for its files
 * @param stillMs how long it stands still
 * @returns false if it never came to the moment
 * @throws {Error} with what is not as it must be
 */
export async function stopRecorder(
  feed: Feed,
  stop: Stop,
  folder: string,
  stillMs: number,
): Promise<boolean> {
  const { point } = stop;
  const oneFile = point === OF_ONE_FILE;
  if (point === "log.renamed") Deno.writeFileSync(`${folder}/log`, new Uint8Array(LOG_BYTES));
  if (OF_REPAIR.includes(point) || oneFile) {
    const before: Stop = { point: "rows.synced", how: "kill", nth: 2 };
    await using killed = start(feed, folder, oneFile, before);
    await killed.until("it is killed", () => false);
    if ((await killed.settled()).code !== KILLED) {
      throw new Error("the first recorder is not killed");
    }
  }
  {
    await using recorder = start(feed, folder, oneFile, stop);
    await recordSome(recorder, folder, oneFile);
    const ended = await endOf(recorder, feed, stop, stillMs);
    if (stop.how === "stop" || ended.code !== KILLED) {
      const { hasStopped } = ended;
      checkAccount(ended);
      await checkEvents(folder, ended.published);
      return hasStopped;
    }
  }
  await checkFlushed(folder);
  await using next = start(feed, folder, oneFile);
  await next.until("it listens", () => next.process.said(/listening to/) !== null);
  const published = await feed.published();
  checkAccount(await next.end());
  await checkEvents(folder, published);
  checkRests(folder);
  return true;
}

/** A recorder with files so small that it begins new ones, or with a single file. */
function start({ endpoint, control }: Feed, folder: string, oneFile: boolean, stop?: Stop) {
  const series = ["--folder", folder, "--prefix", PREFIX, "--enumerate", "order"];
  return new StoppedProcess([
    "record",
    ...oneFile ? [fileIn(folder)] : [...series, "--max-size", "200kB"],
    ...["--resume", "--sync", "--compression", "none", "--json", "--log-file", `${folder}/log`],
    ...["-e", endpoint, "--fill-gaps", control],
  ], stop);
}

function fileIn(folder: string): string {
  return join(folder, `${PREFIX}.00001.h5`);
}

/** Waits until it has flushed events, has ended, or stands still. */
async function recordSome(recorder: StoppedProcess, folder: string, oneFile: boolean) {
  // A single file has no mark.
  const hasFlushed = oneFile
    ? () => recorder.process.said(/listening to/) !== null && sizeOf(fileIn(folder)) > 2 ** 17
    : () => markedIn(folder) > 0;
  await recorder.until("it has flushed events", hasFlushed);
}

/** Has a recorder end, if it has not; after it has stood still, if it does. */
async function endOf(
  recorder: StoppedProcess,
  feed: Feed,
  { how }: Stop,
  stillMs: number,
): Promise<Ended & { published: number; hasStopped: boolean }> {
  let hasStopped = false;
  const goOn = async () => {
    if (how !== "stop" || !recorder.standsStill) return;
    hasStopped = true;
    await sleep(stillMs);
    recorder.goOn();
  };
  await goOn();
  await recorder.until("it listens", () => recorder.process.said(/listening to/) !== null);
  const published = await feed.published();
  recorder.askToEnd();
  await recorder.until("it ends", () => false);
  await goOn();
  await recorder.until("it ends", () => false);
  return { ...await recorder.settled(), published, hasStopped };
}

/** Every event that is flushed by the mark is in the files, if they are repaired. */
async function checkFlushed(folder: string): Promise<void> {
  const marked = markedIn(folder);
  const copy = `${folder}/copy`;
  Deno.mkdirSync(copy);
  for (const name of filesIn(folder)) {
    Deno.copyFileSync(join(folder, name), join(copy, name));
    const journal = journalPath(join(folder, name));
    if (kindOf(journal) === "file") Deno.copyFileSync(journal, journalPath(join(copy, name)));
    if (isUnclosed(join(copy, name))) await repairFile(join(copy, name));
  }
  const numbers = await numbersIn(copy);
  Deno.removeSync(copy, { recursive: true });
  checkRising(numbers);
  if (numbers.length < marked) {
    throw new Error(`${marked} events were flushed, but only ${numbers.length} are in the files`);
  }
}

/** The files have every event once, up to what was published before the end, or more. */
async function checkEvents(folder: string, published: number): Promise<void> {
  const numbers = await numbersIn(folder);
  checkRising(numbers);
  if (numbers.length < published) {
    throw new Error(`${published} events were published, but ${numbers.length} are in the files`);
  }
  const unclosed = filesIn(folder).filter((name) => isUnclosed(join(folder, name)));
  if (unclosed.length > 0) throw new Error(`not closed: ${unclosed.join(" ")}`);
}

function checkAccount({ code, stdout, stderr }: Ended): void {
  if (code !== 0) throw new Error(`exit code ${code}:\n${stderr}`);
  const { brokenIdentities, ledger: { recorder } } = JSON.parse(stdout) as Account;
  if (brokenIdentities.length > 0) throw new Error(`not closed: ${brokenIdentities.join(", ")}`);
  const { missed, unstored } = recorder;
  if (missed + unstored > 0) throw new Error(`${missed} events missed, ${unstored} unstored`);
}

/** A killed recorder's draft is gone when the next has begun. */
function checkRests(folder: string): void {
  const rests = namesIn(folder).filter((name) => name.endsWith(".new"));
  if (rests.length > 0) throw new Error(`left over: ${rests.join(" ")}`);
}

/** The number of the last flushed event by the mark; 0 without one. */
function markedIn(folder: string): number {
  const events = readResumeMark(folder, PREFIX, new StageLog("recording", undefined));
  return Number(events.at(-1)?.number ?? 0n);
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
