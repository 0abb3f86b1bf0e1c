import { ServiceManager } from "../../../../cli/commands/run/service_manager.ts";
import { selfCommand } from "../../../../cli/process/self.ts";
import { assert, assertEquals, assertGreater, assertMatch } from "../../../assert.ts";
import { hasProgram } from "../../../has_program.ts";
import { inFolder } from "../../../lib/recording/fixtures.ts";
import { logTo } from "../../../log_lines.ts";
import { DEADLINE_MS, waitFor } from "../../../wait_for.ts";

const SCRIPT = new URL("notify_socket.py", import.meta.url).pathname;

const CONFIGURATION = `
[daemon]
listen = "127.0.0.1:0"
publish = "tcp://127.0.0.1:0"
control = "127.0.0.1:0"
[[recorder]]
folder = "FOLDER"
prefix = "a"
[[recorder]]
folder = "FOLDER"
prefix = "b"
`;

Deno.test({
  name: "ssdaq run tells systemd when all listen, that it lives, how it is, and that it ends",
  ignore: Deno.build.os !== "linux" || !hasProgram("python3"),
  fn: () =>
    inFolder(async (folder) => {
      const config = `${folder}/ssdaq.toml`;
      await Deno.writeTextFile(config, CONFIGURATION.replaceAll("FOLDER", folder));
      const self = selfCommand(["run", "--config", config]);
      const child = new Deno.Command("python3", {
        args: [SCRIPT, folder, self.executable, ...self.args],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
      let told = "";
      let isEnding = false;
      try {
        for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
          told += text;
          if (isEnding || !/READY=1[^]*WATCHDOG=1/.test(told)) continue;
          isEnding = true;
          await child.stdin.close();
        }
        assertEquals((await child.status).code, 0, told);
      } finally {
        clearTimeout(timer);
        if (!isEnding) await child.stdin.close();
      }
      const lines = told.trim().split("\n");
      const all = "STATUS=daemon runs | recorder 1 runs | recorder 2 runs";
      assertEquals(lines.filter((line) => line === `READY=1 ${all}`).length, 1, told);
      assert(lines.includes(`WATCHDOG=1 ${all}`), told);
      assert(lines.indexOf(`READY=1 ${all}`) < lines.indexOf("STOPPING=1"), told);
    }),
});

/** `ssdaq run` as systemd starts it, and what it tells systemd. */
class NotifyingRun implements AsyncDisposable {
  told = "";
  stderr = "";
  readonly #process: Deno.ChildProcess;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #following: Promise<unknown>;

  constructor(folder: string, ...args: string[]) {
    const self = selfCommand(["run", ...args]);
    this.#process = new Deno.Command("python3", {
      args: [SCRIPT, folder, self.executable, ...self.args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#timer = setTimeout(() => this.#process.kill("SIGKILL"), 2 * DEADLINE_MS);
    this.#following = Promise.all([
      follow(this.#process.stdout, (text) => this.told += text),
      follow(this.#process.stderr, (text) => this.stderr += text),
    ]);
  }

  /** What systemd was told after a place in {@linkcode NotifyingRun.told}, a line each. */
  since(length: number): string[] {
    return this.told.slice(length).split("\n").slice(0, -1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close();
    await this.#following;
    clearTimeout(this.#timer);
    await this.#process.status;
  }
}

async function follow(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onText: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) onText(text);
}

const isPossible = Deno.build.os === "linux" && hasProgram("python3") && hasProgram("pgrep");

Deno.test({
  name: "while a recorder hangs the watchdog is told nothing, and again once it was started again",
  ignore: !isPossible,
  fn: () =>
    inFolder(async (folder) => {
      const config = `${folder}/ssdaq.toml`;
      await Deno.writeTextFile(config, CONFIGURATION.replaceAll("FOLDER", folder));
      await using run = new NotifyingRun(folder, "--config", config, "--hang-after", "3s");
      await waitFor("all to be ready", () => run.told.includes("READY=1"));
      const pid = recorderOf("b", folder);
      const length = run.told.length;
      Deno.kill(pid, "SIGSTOP");
      const isSilent = (line: string) => line.includes("recorder 2 has been silent for");
      await waitFor("the silence", () => run.since(length).some(isSilent));
      await waitFor("the death", () => /recorder 2 was killed by SIGKILL/.test(run.stderr));
      assertMatch(
        run.stderr,
        /recorder 2 hangs \(no report for [\d.]+ s\): it is killed/,
      );
      const silent = run.since(length).filter(isSilent);
      // For half of the time that it may be silent, at a telling each 80 ms.
      assertGreater(silent.length, 3);
      assertEquals(
        silent.filter((line) => line.includes("WATCHDOG")),
        [],
      );
      await waitFor(
        "it to run again",
        () =>
          run.since(length).some((line) => /^WATCHDOG=1 .*recorder 2 runs, started 2/.test(line)),
      );
    }),
});

Deno.test({
  name: "a recorder that starts twice is not taken for two: systemd hears READY when each is",
  ignore: !isPossible,
  fn: () =>
    inFolder(async (folder) => {
      const config = `${folder}/ssdaq.toml`;
      const late = `${folder}/late`;
      // The disk of the second is not mounted yet.
      const text = CONFIGURATION.replace("FOLDER", folder).replace("FOLDER", late);
      await Deno.writeTextFile(config, text);
      await using run = new NotifyingRun(folder, "--config", config);
      await waitFor("the second to fail", () => {
        return /recorder 2 \| error: [^\n]*late/.test(
          run.stderr,
        );
      });
      await waitFor("the first", () => /recorder 1 \| listening to/.test(run.stderr));
      const pid = recorderOf("a", folder);
      Deno.kill(pid, "SIGKILL");
      await waitFor(
        "it to listen again",
        () => /(recorder 1 \| listening to[^]*){2}/.test(run.stderr),
      );
      const length = run.told.length;
      await waitFor("more time to be asked for", () => {
        return run.since(length).some((line) => /^WATCHDOG=1 .*EXTEND_TIMEOUT_USEC=60/.test(line));
      });
      assertEquals(run.told.includes("READY=1"), false, run.told);
      await Deno.mkdir(late);
      await waitFor("all to be ready", () => run.told.includes("READY=1"));
      assertMatch(run.told, /READY=1 STATUS=daemon runs \| recorder 1 runs, started 2 times \|/);
    }),
});

/** The number of the process that records with a prefix in a folder. */
function recorderOf(prefix: string, folder: string): number {
  const pattern = `record --config=${folder}/ssdaq.toml .*--prefix=${prefix}( |$)`;
  const { stdout } = new Deno.Command("pgrep", { args: ["-f", pattern] }).outputSync();
  return Number(new TextDecoder().decode(stdout).trim());
}

Deno.test("without systemd nobody is told", () => {
  const log: string[] = [];
  using manager = new ServiceManager({}, () => "", logTo(log));
  manager.ready();
  assertEquals(log, []);
});

Deno.test("a service manager that cannot be told is told of once, and nothing else happens", async () => {
  const said = Promise.withResolvers<string>();
  const environment = { NOTIFY_SOCKET: "/nowhere/notify", WATCHDOG_USEC: "2000" };
  using manager = new ServiceManager(environment, () => "", ({ text }) => said.resolve(text));
  manager.ready();
  assertMatch(await said.promise, /^cannot report to systemd: /);
  using other = new ServiceManager(
    { NOTIFY_SOCKET: "@abstract" },
    () => "",
    ({ text }) => said.resolve(text),
  );
  other.ready();
});
