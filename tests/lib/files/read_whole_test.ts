import { readWholeBytes, readWholeText } from "../../../lib/files/read_whole.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { inFolder } from "../recording/fixtures.ts";

Deno.test("readWholeText() reads a file without its byte order mark, up to a limit", () =>
  inFolder((folder) => {
    const path = `${folder}/file`;
    for (const text of ["", "a", "\u00e9\n", "x".repeat(1000), "x".repeat(200_000)]) {
      for (const mark of ["", "\ufeff"]) {
        Deno.writeTextFileSync(path, mark + text);
        assertEquals(readWholeText(path, 1_000_000), text);
      }
    }
    Deno.writeFileSync(path, Uint8Array.of(1, 2, 3));
    assertEquals(readWholeBytes(path, 3), Uint8Array.of(1, 2, 3));
    assertThrows(() => readWholeBytes(path, 2), RangeError, "it has more than 2 bytes");
    assertThrows(() => readWholeBytes(`${folder}/none`, 2), Deno.errors.NotFound);
    assertThrows(() => readWholeBytes(folder, 2), Error, "s a directory");
    return Promise.resolve();
  }));

Deno.test({
  name: "readWholeText() reads what was opened for this program, up to a limit, and no device",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder((folder) => {
      assertEquals(readWholeText("/dev/null", 9), "");
      for (const path of ["/dev/zero", "/dev/urandom", "/dev/../dev/zero"]) {
        assertThrows(() => readWholeText(path, 9), Error, "it is not a plain file");
      }
      // A FIFO with a writer, as the shell's <(...) gives it.
      const fifo = `${folder}/fifo`;
      new Deno.Command("mkfifo", { args: [fifo] }).outputSync();
      using both = Deno.openSync(fifo, { read: true, write: true });
      const opened = [...Deno.readDirSync("/proc/self/fd")].find(({ name }) => {
        try {
          return Deno.readLinkSync(`/proc/self/fd/${name}`) === fifo;
        } catch {
          return false;
        }
      });
      for (const place of ["/dev/fd", "/proc/self/fd"]) {
        both.writeSync(new Uint8Array(5000).fill(32));
        assertThrows(
          () => readWholeText(`${place}/${opened?.name}`, 1000),
          RangeError,
          "it has more than 1000 bytes",
        );
      }
      return Promise.resolve();
    }),
});
