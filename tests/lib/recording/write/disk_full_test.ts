import { OperationError } from "../../../../lib/errors.ts";
import { CHUNK_ROWS } from "../../../../lib/recording/table/columns.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { assert, assertEquals, assertThrows } from "../../../assert.ts";
import { upTo } from "../../../up_to.ts";
import { inFolder, makeEvents, readNumbers } from "../fixtures.ts";

/** Emscripten's number of ENOSPC. */
const NO_SPACE = 51;

interface FileSystem {
  write(
    stream: { fd: number },
    buffer: Int8Array,
    offset: number,
    length: number,
    position?: number,
  ): number;
  ErrnoError: new (errno: number) => Error;
}

/** Lets every write beyond a size fail as on a full disk; what is there can be overwritten. */
async function fillDisk(sizeBytes: number): Promise<Disposable> {
  const { ready } = await import("h5wasm");
  const FS = (await ready).FS as unknown as FileSystem;
  const write = FS.write;
  FS.write = (stream, buffer, offset, length, position) => {
    if (position !== undefined && position + length > sizeBytes) throw new FS.ErrnoError(NO_SPACE);
    return write(stream, buffer, offset, length, position);
  };
  return { [Symbol.dispose]: () => void (FS.write = write) };
}

Deno.test("a full disk is reported by name, with what is safe, and the file stays readable", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({
      destination: { file },
      compression: "none",
      provenance: {},
    });
    writer.write(makeEvents(1, CHUNK_ROWS), 0);
    writer.tick(1000);
    {
      using _full = await fillDisk(writer.currentBytes);
      const error = assertThrows(
        () => writer.write(makeEvents(CHUNK_ROWS + 1, 2 * CHUNK_ROWS), 1000),
        OperationError,
        `cannot write to ${file}: No space left on device; it holds ${CHUNK_ROWS} rows; free`,
      );
      assert(!error.message.includes("\n"), error.message);
    }
    assertThrows(() => writer.tick(2000), OperationError, "No space left on device");
    await writer.close();
    assertEquals(writer.rows, CHUNK_ROWS);
    assertEquals(await readNumbers(file), upTo(CHUNK_ROWS));
  }));
