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
    assertEquals(read("\n a-long-secret \n"), "a-long-secret");
    for (const text of ["", "\n", "two words", "pass\u00e9", "a\nb"]) {
      assertThrows(() => read(text), ConfigurationError, "--token-file");
      assertThrows(
        () => read(text),
        ConfigurationError,
        "it must contain one word of letters, digits and marks",
      );
    }
    return Promise.resolve();
  }));
