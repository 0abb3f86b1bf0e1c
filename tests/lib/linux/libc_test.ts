import { Libc, SystemError } from "../../../lib/linux/libc.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const EBADF = 9;
const AF_NONE = 9999;
const EAFNOSUPPORT = 97;

type Call = (...args: unknown[]) => unknown;

/** Opens libc so that the names of all its functions that are called are told. */
function opened(onCall: (name: string) => void): Libc {
  const { dlopen } = Deno;
  try {
    Object.assign(Deno, {
      dlopen: (...args: Parameters<typeof dlopen>) => {
        const library = dlopen(...args);
        const symbols = Object.fromEntries(
          Object.entries(library.symbols as Record<string, Call>).map(([name, call]) => [
            name,
            (...args: unknown[]) => {
              onCall(name);
              return call(...args);
            },
          ]),
        );
        return { symbols, close: () => library.close() };
      },
    });
    return new Libc();
  } finally {
    Object.assign(Deno, { dlopen });
  }
}

const hasLibc = Deno.build.os === "linux";

Deno.test({
  name: "the number of a call's error is had without a further call that could set it",
  ignore: !hasLibc,
  fn: () => {
    const calls: string[] = [];
    using libc = opened((name) => calls.push(name));
    assertEquals(calls, ["__errno_location"]);
    calls.length = 0;
    assertEquals(libc.symbols.close(-1), -1);
    assertEquals(libc.errno, EBADF);
    assertEquals(calls, ["close"]);
  },
});

Deno.test({
  name: "an error is that of the call that failed, though its words are asked for by another call",
  ignore: !hasLibc,
  fn: () => {
    using libc = opened((name) => {
      // As the runtime may between two calls.
      if (name === "strerror") Deno.statSync(".");
    });
    const { symbols } = libc;
    assertEquals(symbols.close(-1), -1);
    const error = assertThrows(
      () => libc.check("socket", symbols.socket(AF_NONE, 2, 0)),
      SystemError,
      "socket failed: Address family not supported by protocol (errno 97)",
    );
    assertEquals(error.errno, EAFNOSUPPORT);
  },
});

Deno.test({
  name: "each thread reads its own error number",
  ignore: !hasLibc,
  fn: async () => {
    using libc = new Libc();
    const source = `
      import { Libc } from ${JSON.stringify(import.meta.resolve("../../../lib/linux/libc.ts"))};
      const libc = new Libc();
      self.onmessage = () => {
        libc.symbols.socket(${AF_NONE}, 2, 0);
        self.postMessage(libc.errno);
      };
      self.postMessage("ready");
    `;
    const url = URL.createObjectURL(new Blob([source], { type: "text/typescript" }));
    const worker = new Worker(url, { type: "module" });
    try {
      const answer = () => new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
      assertEquals(await answer(), "ready");
      assertEquals(libc.symbols.close(-1), -1);
      const errno = answer();
      worker.postMessage("fail");
      assertEquals(await errno, EAFNOSUPPORT);
      libc.symbols.close(-1);
      assertEquals(libc.errno, EBADF);
    } finally {
      worker.terminate();
      URL.revokeObjectURL(url);
    }
  },
});
