/**
 * Each call of HDF5 fails once in a short recording, and every seventh of its reads and writes; with
 * another seed (`deno task explore`) these are others.
 *
 * @module
 */

import { ready } from "h5wasm";
import { ConfigurationError, messageOf, OperationError } from "../../../../lib/errors.ts";
import { newRecorderLedger } from "../../../../lib/ledger/ledger.ts";
import { loadH5 } from "../../../../lib/recording/hdf5/h5.ts";
import type { Native } from "../../../../lib/recording/hdf5/h5_native.ts";
import { isUnclosed } from "../../../../lib/recording/hdf5/superblock.ts";
import { repairFile } from "../../../../lib/recording/repair/repair.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { assert, assertEquals, assertGreater } from "../../../assert.ts";
import { SEED } from "../../../property.ts";
import { upTo } from "../../../up_to.ts";
import { inFolder, makeEvents, namesIn, readNumbers } from "../fixtures.ts";

// It puts its own functions in front of these, and is not to come after the test's.
await loadH5();
const native = await ready as unknown as Native;

const EVENTS = 30;

/** Reads and writes are many. */
const STEP = 7;

/** Emscripten's number for a full disk. */
const ENOSPC = 51;
const STDERR = 2;

/** A call that fails at its n-th time. */
interface Failing extends Disposable {
  readonly hasFailed: boolean;
}

type Call = (...parameters: never[]) => unknown;

/** The functions that recording and repairing use, with what they give when they fail. */
const FUNCTIONS = {
  open: -1n,
  H5Fstart_swmr_write: -1,
  flush: -1,
  close_file: -1,
  get_type: -1,
  get_dataset_metadata: undefined,
  get_dataset_filters: undefined,
  resize_dataset: -1,
  set_dataset_data: -1,
  get_dataset_data: -1,
  create_vlen_str_attribute: -1,
} satisfies Partial<Record<keyof Native, unknown>>;

/** How a function fails: it gives a negative number, or it throws. */
type Way = "returns" | "throws";

/** Lets the n-th call of a function fail; what it was to do is not done, but that a file is closed. */
function failFunction(name: keyof typeof FUNCTIONS, nth: number, way: Way): Failing {
  const target = native as unknown as Record<string, Call>;
  const before = target[name] as Call;
  let calls = 0;
  target[name] = (...parameters) => {
    if (++calls !== nth) return before(...parameters);
    if (name === "close_file") before(...parameters);
    if (way === "throws" || FUNCTIONS[name] === undefined) throw new Error(`${name} failed`);
    return FUNCTIONS[name];
  };
  return {
    get hasFailed() {
      return calls >= nth;
    },
    [Symbol.dispose]: () => target[name] = before,
  };
}

/** Lets the n-th access of HDF5 to its files fail. */
function failAccess(name: "read" | "write" | "ftruncate", nth: number): Failing {
  const { FS } = native;
  const target = FS as unknown as Record<string, Call>;
  const before = target[name] as Call;
  let calls = 0;
  target[name] = (...parameters) => {
    const [stream] = parameters as unknown as [{ fd: number } | number];
    const isStderr = typeof stream === "object" && stream.fd === STDERR;
    if (!isStderr && ++calls === nth) throw new FS.ErrnoError(ENOSPC);
    return before(...parameters);
  };
  return {
    get hasFailed() {
      return calls >= nth;
    },
    [Symbol.dispose]: () => target[name] = before,
  };
}

/** Lets memory be refused. */
function failMemory(nth: number): Failing {
  const before = native._malloc;
  let calls = 0;
  native._malloc = (bytes) => ++calls === nth ? 0 : before(bytes);
  return {
    get hasFailed() {
      return calls >= nth;
    },
    [Symbol.dispose]: () => native._malloc = before,
  };
}

/** Records into files of a few rows each; the times are no real ones. */
async function record(folder: string): Promise<{ rows: number; failure: unknown }> {
  let writer: EventWriter | undefined;
  const ledger = newRecorderLedger();
  try {
    writer = await EventWriter.open({
      destination: { folder, prefix: "p", enumerate: "order", maxSizeBytes: 150_000 },
      compression: "none",
      provenance: { host: "a" },
      account: () => ({ ledger, daemonRun: undefined, daemonEpoch: undefined }),
      sync: true,
    });
    for (let first = 1, nowMs = 0; first <= EVENTS; first += 5, nowMs += 600) {
      writer.write(makeEvents(first, first + 4), nowMs);
      writer.tick(nowMs + 300);
    }
    await writer.close();
    return { rows: writer.rows, failure: undefined };
  } catch (failure) {
    return { rows: writer?.rows ?? 0, failure };
  }
}

/** What a failure must be: one line that a user can read. */
function checkFailure(failure: unknown, what: string): void {
  if (failure === undefined) return;
  assert(failure instanceof OperationError || failure instanceof ConfigurationError, what);
  assertEquals(messageOf(failure).includes("\n"), false, what);
}

/** Lets a recording fail; the files have all events that it counts. False if nothing failed. */
function recordFailing(what: string, fail: () => Failing): Promise<boolean> {
  return inFolder(async (folder) => {
    const failing = fail();
    let ended;
    try {
      ended = await record(folder);
    } finally {
      failing[Symbol.dispose]();
    }
    const { rows, failure } = ended;
    checkFailure(failure, `${what}: ${messageOf(failure)}`);
    const numbers: number[] = [];
    for (const name of namesIn(folder)) {
      const path = `${folder}/${name}`;
      assertEquals(name.startsWith("."), false, `${what} leaves ${name}`);
      // A journal is used and removed by the repair of its file.
      if (!name.endsWith(".h5")) continue;
      if (isUnclosed(path)) await repairFile(path);
      numbers.push(...await readNumbers(path));
    }
    assertEquals(numbers, upTo(numbers.length), what);
    assert(numbers.length >= rows, `${what}: ${rows} counted, ${numbers.length} in the files`);
    if (failure === undefined) assertEquals([rows, numbers.length], [EVENTS, EVENTS], what);
    return failing.hasFailed;
  });
}

/** Lets each call fail, one after the other, until it comes no more; how often one failed. */
async function failEach(
  what: string,
  fail: (nth: number) => Failing,
  { test = recordFailing, step = 1 }: { test?: typeof recordFailing; step?: number } = {},
): Promise<number> {
  for (let times = 0, nth = 1 + SEED % step;; times++, nth += step) {
    if (!await test(`${what} ${nth}`, () => fail(nth))) return times;
  }
}

/** These are used when a file is read, and not when it is written. */
const OF_READING: readonly string[] = ["get_dataset_data"];

for (const name of Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[]) {
  if (OF_READING.includes(name)) continue;
  for (const way of ["returns", "throws"] as const) {
    Deno.test(`a recording keeps what it has counted when ${name} fails, any time (${way})`, async () => {
      assertGreater(await failEach(name, (nth) => failFunction(name, nth, way)), 0);
    });
  }
}

for (const [name, step] of [["read", STEP], ["write", STEP], ["ftruncate", 1]] as const) {
  Deno.test(`a recording keeps what it has counted when HDF5's ${name} fails`, async () => {
    assertGreater(await failEach(name, (nth) => failAccess(name, nth), { step }), 0);
  });
}

Deno.test("a recording keeps what it has counted when HDF5 gets no memory", async () => {
  await failEach("memory", failMemory);
});

/** A file whose recorder has been killed. */
async function makeUnclosed(folder: string): Promise<string> {
  const { FS } = native;
  const file = `${folder}/a.h5`;
  const writer = await EventWriter.open({ destination: { file }, provenance: {} });
  writer.write(makeEvents(1, 30), 0);
  writer.tick(2000);
  Deno.copyFileSync(file, `${folder}/killed.h5`);
  await writer.close();
  assert(FS !== undefined && isUnclosed(`${folder}/killed.h5`));
  return `${folder}/killed.h5`;
}

/** Lets a repair fail; a second one must give all rows. */
function repairFailing(what: string, fail: () => Failing): Promise<boolean> {
  return inFolder(async (folder) => {
    const path = await makeUnclosed(folder);
    const failing = fail();
    let failure: unknown;
    try {
      await repairFile(path);
    } catch (error) {
      failure = error;
    } finally {
      failing[Symbol.dispose]();
    }
    checkFailure(failure, `${what}: ${messageOf(failure)}`);
    const { rows } = await repairFile(path);
    assertEquals(rows, 30, what);
    assertEquals(await readNumbers(path), upTo(30), what);
    return failing.hasFailed;
  });
}

Deno.test("a repair that fails at any call of HDF5 loses nothing: the next one gives all rows", async () => {
  for (const name of Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[]) {
    for (const way of ["returns", "throws"] as const) {
      await failEach(`${name} ${way}`, (nth) => failFunction(name, nth, way), {
        test: repairFailing,
      });
    }
  }
  for (const name of ["read", "write", "ftruncate"] as const) {
    await failEach(name, (nth) => failAccess(name, nth), { test: repairFailing, step: STEP });
  }
});
