import { Complaints } from "../../lib/complaints.ts";
import { messageOf } from "../../lib/errors.ts";
import { type Log, StageLog } from "../../lib/notice.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { LineWriter, messagesOf, type Order, type Report, REPORT_VARIABLE } from "./report.ts";

/** A connection must send its key within this time. */
const KEY_MS = 5000;

/** How long to wait after a connection could not be accepted. */
const RETRY_MS = 200;

/** Largest number of connections without a key; further ones are closed. */
const MAX_STRANGERS = 64;

/** A process that will report. */
export interface Reporter extends Disposable {
  /** Variables for its environment. */
  environment: Record<string, string>;
  /** Whether it is connected. */
  readonly connected: boolean;
  /** Resolves when all its reports were read and it has disconnected; at once if it never connected. */
  readonly finished: Promise<void>;
  /** Sends it a message; does nothing while it is not connected. */
  send(order: Order): void;
}

/** The supervisor's side of a process that will report. */
interface Expected {
  onReport: (report: Report) => void;
  connection?: Deno.Conn;
  writer?: LineWriter | undefined;
  finished?: PromiseWithResolvers<void>;
}

/**
 * The socket that the processes of a supervisor report to: a Unix socket in a private folder of this
 * user, or on Windows a TCP port of 127.0.0.1. Each process must send its own key first.
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
   * @param log gets a notice when there is no Unix socket, and when no process can report any more
   * @param options the kind of socket (`unix` becomes `tcp` where it is not possible), and its folder
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

  /** Waits for a process to connect, and passes on its reports. */
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
      send: (order) => expected.writer?.write(order),
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
            text: `no process can report: ${
              messageOf(error)
            }; a process without reports counts as hung`,
          }),
        );
        await sleep(RETRY_MS);
      }
    }
  }

  /** An error of a connection is no failure: the supervisor sees that the process ends or is silent. */
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
      // The process disconnected in the middle of a line.
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

/** Closes a connection; it may be closed already. */
function close(connection: Deno.Conn | undefined): void {
  try {
    connection?.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
