import { selfCommand } from "../../cli/process/self.ts";
import { hasProgram } from "../has_program.ts";

/** Whether commands can be shown in a terminal that has a size and keys. */
export const HAS_TMUX = hasProgram("tmux");

/** A terminal in which a command of ssdaq runs. */
export class Tmux implements AsyncDisposable {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /**
   * Starts a command.
   *
   * @param folder for its socket
   */
  static async start(
    folder: string,
    args: readonly string[],
    columns: number,
    rows: number,
  ): Promise<Tmux> {
    const tmux = new Tmux(`${folder}/tmux`);
    const { executable, args: rest } = selfCommand(args);
    const command = [executable, ...rest].map((word) => `'${word}'`).join(" ");
    await tmux.#run(
      ...["-f", "/dev/null", "new-session", "-d", "-x", `${columns}`, "-y", `${rows}`],
      `${command}; echo "ended with $?"; exec cat`,
    );
    return tmux;
  }

  /** What it shows, line by line. */
  async screen(): Promise<string> {
    return await this.#run("capture-pane", "-p");
  }

  async type(keys: string): Promise<void> {
    await this.#run("send-keys", keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#run("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run("kill-server");
  }

  async #run(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-u", "-S", this.#socket, ...args],
      env: { TERM: "xterm-256color", NO_COLOR: "" },
    }).output();
    const decoder = new TextDecoder();
    if (!success) throw new Error(`tmux ${args[0]}: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  }
}
