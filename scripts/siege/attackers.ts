import { fileURLToPath } from "node:url";
import { type AttackName, ATTACKS } from "./attacks.ts";
import type { Tally, Targets } from "./strangers.ts";

const PROCESS = fileURLToPath(new URL("attack_process.ts", import.meta.url));

/** How an attack ended. */
export interface AttackEnd {
  name: AttackName;
  tally: Tally;
  /** Why it ended too early; undefined if it did not. */
  failure: string | undefined;
}

/** All attacks as processes of the lowest priority, so that they take no time from the camera. */
export class Attackers implements AsyncDisposable {
  readonly #children: { name: AttackName; child: Deno.ChildProcess }[];

  /** @param seconds when they end by themselves */
  constructor(names: readonly AttackName[], targets: Targets, seed: number, seconds: number) {
    this.#children = names.map((name, index) => ({
      name,
      child: new Deno.Command("nice", {
        args: [
          ...["-n", "19", Deno.execPath(), "run", "--quiet", "--no-check", "--allow-all", PROCESS],
          ...[name, JSON.stringify(targets), `${seed + index}`, `${seconds}`],
        ],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    }));
  }

  /** All attacks. */
  static get names(): AttackName[] {
    return Object.keys(ATTACKS) as AttackName[];
  }

  /** Ends them, and returns what they have done. */
  async end(): Promise<AttackEnd[]> {
    return await Promise.all(this.#children.map(async ({ name, child }) => {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended by itself: its output tells how.
      }
      const { code, stdout, stderr } = await child.output();
      const [told, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      const failure = code === 0 ? undefined : `exit code ${code}: ${said}`;
      return { name, tally: JSON.parse(told === "" ? "{}" : told ?? "{}"), failure };
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#children) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
    }
  }
}
