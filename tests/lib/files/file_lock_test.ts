import { tryLock } from "../../../lib/files/file_lock.ts";
import { EventWriter } from "../../../lib/recording/write/event_writer.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { replaced } from "../../replaced.ts";
import { upTo } from "../../up_to.ts";
import { inFolder, makeEvents, readNumbers } from "../recording/fixtures.ts";

/** A file system that answers so when a file is to be locked. */
function whereLocking(fails: Error): Disposable {
  return replaced(Deno.FsFile.prototype, "tryLockSync", () => {
    throw fails;
  });
}

Deno.test("a file that another process has locked cannot be locked, unless both share it", () =>
  inFolder((folder) => {
    const path = `${folder}/a`;
    using one = Deno.openSync(path, { createNew: true, write: true });
    using other = Deno.openSync(path);
    assert(tryLock(one, "shared"));
    assert(tryLock(other, "shared"));
    assertEquals(tryLock(other, "exclusive"), false);
    return Promise.resolve();
  }));

Deno.test("on a file system without locks events are recorded all the same", () =>
  inFolder(async (folder) => {
    using _without = whereLocking(new Deno.errors.NotSupported("not implemented (os error 38)"));
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({ destination: { file }, provenance: {} });
    writer.write(makeEvents(1, 20), 0);
    await writer.close();
    assertEquals(await readNumbers(file), upTo(20));
  }));

Deno.test("a lock that fails otherwise is no lock", () =>
  inFolder((folder) => {
    using file = Deno.openSync(`${folder}/a`, { createNew: true, write: true });
    using _broken = whereLocking(new Deno.errors.Interrupted("no locks left (os error 37)"));
    assertThrows(() => tryLock(file, "exclusive"), Deno.errors.Interrupted);
    return Promise.resolve();
  }));
