import { Complaints } from "../../lib/complaints.ts";
import { messageOf } from "../../lib/errors.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { type Log, StageLog } from "../../lib/notice.ts";
import { LineWriter, messagesOf, type Order, type Report, REPORT_VARIABLE } from "./report.ts";

/** Who has connected must have said who he is after so long. */
const KEY_MS = 5000;

/** How long until a connection is taken again that could not be. */
const RETRY_MS = 200;

/** Connections of nobody yet, at most; further ones are closed. */
const MAX_STRANGERS = 64;

/** A process that is expected to report. */
export interface Reporter extends Disposable {
  /** What to add to its environment. */
  environment: Record<string, string>;
  /** Whether it is connected. */
  readonly connected: boolean;
  /** Resolves when all that it reported has been heard, and it has hung up; at once without it. */
  readonly finished: Promise<void>;
  /** Tells it something; nothing happens while it is not connected. */
  tell(order: Order): void;
}

/** The supervisor's end of a process that is expected. */
interface Expected {
  onReport: (report: Report) => void;
  connection?: Deno.Conn;
  writer?: LineWriter | undefined;
  finished?: PromiseWithResolvers<void>;
}

/**
 * Where the processes of a supervisor report to: a Unix socket in a folder that is this user's alone;
 * where there are none, as on Windows, a TCP port of 127.0.0.1. Each process has a key of its own,
 * without which it is not heard.
 */
export class ReportSocket implements AsyncDisposable {
  readonly #expected = new Map<string, Expected>();
  readonly #strangers = new Set<Deno.Conn>();
  readonly #folder: string | undefined;
  readonly #listener: Deno.Listener;
  readonly #place: (key: string) => string;
  readonly #accepting: Promise<void>;
  #closed = false;

  /**
   * @param log told why there is no Unix socket, and when no process can report any more
   * @param options which socket, `unix` being `tcp` where there is none, and in which folder
   */
  constructor(
    log: Log,
    { kind = usualKind(), parent }: { kind?: "unix" | "tcp"; parent?: string } = {},
  ) {
    const stageLog = new StageLog("reports", log);
    const unix = kind === "tcp" ? undefined : listenUnix(parent, stageLog);
    if (unix === undefined) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      this.#listener = listener;
      this.#place = (key) => `tcp:${key}:${listener.addr.port}`;
    } else {
      this.#folder = unix.folder;
      this.#listener = unix.listener;
      this.#place = (key) => `unix:${key}:${unix.path}`;
    }
    this.#accepting = this.#accept(stageLog);
  }

  /** Expects a process to connect, and gives what it reports. */
  expect(onReport: (report: Report) => void): Reporter {
    const key = crypto.randomUUID();
    const expected: Expected = { onReport };
    this.#expected.set(key, expected);
    return {
      environment: { [REPORT_VARIABLE]: this.#place(key) },
      get connected() {
        return expected.writer !== undefined;
      },
      get finished() {
        return expected.finished?.promise ?? Promise.resolve();
      },
      tell: (order) => expected.writer?.write(order),
      [Symbol.dispose]: () => {
        this.#expected.delete(key);
        close(expected.connection);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    for (const connection of this.#strangers) close(connection);
    for (const { connection } of this.#expected.values()) close(connection);
    await this.#accepting;
    if (this.#folder !== undefined) Deno.removeSync(this.#folder, { recursive: true });
  }

  async #accept(log: StageLog): Promise<void> {
    const complaints = new Complaints<"accept">(log);
    while (!this.#closed) {
      try {
        const connection = await this.#listener.accept();
        if (this.#strangers.size >= MAX_STRANGERS) close(connection);
        else void this.#follow(connection);
      } catch (error) {
        if (this.#closed) return;
        complaints.complain(
          "accept",
          performance.now(),
          () => ({
            level: "error",
            text: `no process can report: ${messageOf(error)}; one that cannot is taken to hang`,
          }),
        );
        await sleep(RETRY_MS);
      }
    }
  }

  /** What a connection breaks off with is no failure: the process is seen to end, or to be silent. */
  async #follow(connection: Deno.Conn): Promise<void> {
    this.#strangers.add(connection);
    const timer = setTimeout(() => close(connection), KEY_MS);
    let expected: Expected | undefined;
    try {
      for await (const report of messagesOf(connection)) {
        if (expected !== undefined) expected.onReport(report);
        else {
          expected = this.#expected.get(report.key ?? "");
          if (expected === undefined || expected.connection !== undefined) return;
          clearTimeout(timer);
          this.#strangers.delete(connection);
          expected.connection = connection;
          expected.writer = new LineWriter(connection);
          expected.finished = Promise.withResolvers();
          expected.onReport(report);
        }
      }
    } catch {
      // It has gone in the midst of a line.
    } finally {
      clearTimeout(timer);
      this.#strangers.delete(connection);
      if (expected?.connection === connection) {
        expected.writer = undefined;
        expected.finished?.resolve();
      }
      close(connection);
    }
  }
}

function usualKind(): "unix" | "tcp" {
  return Deno.build.os === "windows" ? "tcp" : "unix";
}

function listenUnix(parent: string | undefined, log: StageLog) {
  const where = parent === undefined ? {} : { dir: parent };
  const folder = Deno.makeTempDirSync({ ...where, prefix: "ssdaq-run-" });
  try {
    const path = `${folder}/reports`;
    return { folder, path, listener: Deno.listen({ transport: "unix", path }) };
  } catch (error) {
    Deno.removeSync(folder, { recursive: true });
    log.warning(
      `no Unix socket in ${folder}: ${messageOf(error)}; processes report by TCP on 127.0.0.1`,
    );
    return undefined;
  }
}

/** Closes a connection that may be closed already. */
function close(connection: Deno.Conn | undefined): void {
  try {
    connection?.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
