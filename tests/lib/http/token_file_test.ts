import { ConfigurationError } from "../../../lib/errors.ts";
import { readTokenFile } from "../../../lib/http/token_file.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { inFolder } from "../recording/fixtures.ts";

Deno.test("readTokenFile() takes one word, and says what a token is otherwise", () =>
  inFolder((folder) => {
    const path = `${folder}/token`;
    const read = (text: string) => {
      Deno.writeTextFileSync(path, text, { mode: 0o600 });
      return readTokenFile("--token-file", path);
    };
    assertEquals(read("\n sixteen-bytes-16 \n"), "sixteen-bytes-16");
    for (const text of ["", "\n", "two words", "pass\u00e9", "a\nb"]) {
      assertThrows(() => read(text), ConfigurationError, "--token-file");
      assertThrows(
        () => read(text),
        ConfigurationError,
        "a token is one word of letters, digits and marks; make one with: openssl rand -hex 32",
      );
    }
    for (const text of ["x", "fifteen-bytes-1"]) {
      assertThrows(
        () => read(text),
        ConfigurationError,
        `--token-file ${path}: a token has at least 16 bytes, this one has ${text.length}; ` +
          "make one with: openssl rand -hex 32",
      );
    }
    return Promise.resolve();
  }));
