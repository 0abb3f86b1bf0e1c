import { type Report, REPORT_VARIABLE } from "../../../cli/process/report.ts";
import { ReportSocket } from "../../../cli/process/report_socket.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { first, named } from "../../elements.ts";
import { logTo } from "../../log_lines.ts";
import { waitFor } from "../../wait_for.ts";

/** Connects to a place as it stands in a process's environment. */
async function connect(place: string): Promise<{ connection: Deno.Conn; key: string }> {
  const [, kind, key = "", where = ""] = /^(unix|tcp):([^:]+):(.+)$/.exec(place) ?? [];
  const connection = kind === "unix"
    ? await Deno.connect({ transport: "unix", path: where })
    : await Deno.connect({ hostname: "127.0.0.1", port: Number(where) });
  return { connection, key };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const fail = (line: string) => {
  throw new Error(line);
};

for (const kind of ["unix", "tcp"] as const) {
  Deno.test({
    name: `ReportSocket hears a process that knows its key, and answers it (${kind})`,
    ignore: kind === "unix" && Deno.build.os === "windows",
    async fn() {
      await using socket = new ReportSocket(({ text }) => fail(text), { kind });
      const heard: Report[] = [];
      using reporter = socket.expect((report) => heard.push(report));
      const { connection, key } = await connect(named(reporter.environment, REPORT_VARIABLE));
      assertEquals(reporter.connected, false);
      await connection.write(bytes(`{"key":"${key}"}\n{"ali`));
      await waitFor("the key", () => reporter.connected);
      await connection.write(bytes(`ve":"3 events"}\nno JSON\n7\n{"ready":{}}\n`));
      await waitFor("the reports", () => heard.length === 3);
      assertEquals(heard, [{ key }, { alive: "3 events" }, { ready: {} }]);
      reporter.send({ drain: { stayMs: 5 } });
      const answer = new Uint8Array(100);
      const length = await connection.read(answer) ?? 0;
      assertEquals(
        new TextDecoder().decode(answer.subarray(0, length)),
        '{"drain":{"stayMs":5}}\n',
      );
      connection.close();
      await waitFor("the end to be seen", () => !reporter.connected);
    },
  });
}

Deno.test("ReportSocket does not hear who has no key, a wrong one, or another's", async () => {
  await using socket = new ReportSocket(({ text }) => fail(text), { kind: "tcp" });
  const heard: Report[] = [];
  using reporter = socket.expect((report) => heard.push(report));
  const place = named(reporter.environment, REPORT_VARIABLE);
  const own = await connect(place);
  await own.connection.write(bytes(`{"key":"${own.key}"}\n`));
  await waitFor("the key", () => reporter.connected);
  for (const first of ["{}", '{"key":"guessed"}', `{"key":"${own.key}"}`, "x".repeat(70_000)]) {
    const { connection } = await connect(place);
    await connection.write(bytes(`${first}\n{"ready":{}}\n`));
    assertEquals(await ended(connection), true);
    connection.close();
  }
  assertEquals(heard, [{ key: own.key }]);
  own.connection.close();
});

/** Whether the other side ends the connection; broken off, if it had more to read. */
async function ended(connection: Deno.Conn): Promise<boolean> {
  try {
    return await connection.read(new Uint8Array(1)) === null;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionReset;
  }
}

Deno.test({
  name: "ReportSocket takes TCP where no Unix socket can be made, and says so",
  ignore: Deno.build.os === "windows",
  async fn() {
    const parent = await Deno.makeTempDir({ prefix: "x".repeat(100) });
    const log: string[] = [];
    {
      await using socket = new ReportSocket(logTo(log), { parent });
      using reporter = socket.expect(() => {});
      assertMatch(named(reporter.environment, REPORT_VARIABLE), /^tcp:/);
    }
    assertEquals([...Deno.readDirSync(parent)], []);
    await Deno.remove(parent);
    const line = first(log);
    assert(line.startsWith(`no Unix socket in ${parent}`), line);
    assertMatch(line, /processes report by TCP on 127\.0\.0\.1$/);
  },
});
