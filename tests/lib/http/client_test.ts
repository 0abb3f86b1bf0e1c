import { OperationError } from "../../../lib/errors.ts";
import { ControlClient } from "../../../lib/http/client.ts";
import { text } from "../../../lib/text/shape.ts";
import { assertMatch, assertRejects } from "../../assert.ts";

const HEAD = "HTTP/1.1 200 OK\r\ncontent-length: ";

/** A server that writes an answer as it is, and closes. */
function answering(answer: Uint8Array<ArrayBuffer>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    const reader = connection.writable.getWriter();
    // Whoever has read enough goes.
    await reader.write(answer).catch(() => {});
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      await serving;
      listener.close();
    },
  };
}

/** What is said of an answer. */
async function refusalOf(answer: string): Promise<string> {
  await using server = answering(new TextEncoder().encode(answer));
  const client = new ControlClient(server.url);
  const error = await assertRejects(
    () => client.call("GET", "/status", "an ssdaq daemon", text),
    OperationError,
  );
  return error.message;
}

Deno.test("ControlClient says that an answer broke off", async () => {
  assertMatch(
    await refusalOf(`${HEAD}100\r\n\r\n"half`),
    /connection .*http:\/\/127\.0\.0\.1:\d+\b.* lost/,
  );
});

Deno.test("ControlClient reads no answer without an end", async () => {
  const bytes = 2 ** 21;
  assertMatch(
    await refusalOf(`${HEAD}${bytes}\r\n\r\n"${"x".repeat(bytes - 2)}"`),
    /^http:\/\/127\.0\.0\.1:\d+ .*\bend\b.*; is it another program\?$/,
  );
});
