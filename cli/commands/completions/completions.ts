import { type Command, defineCommand } from "../../command.ts";
import { knownWord } from "../../options/known_word.ts";
import { bashCompletions } from "./bash.ts";
import { type CompletedCommand, completedCommand } from "./completed_command.ts";
import { fishCompletions } from "./fish.ts";
import { zshCompletions } from "./zsh.ts";

/** The function that makes the script, by shell. */
export const SHELLS: Record<string, (commands: readonly CompletedCommand[]) => string> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

/** `ssdaq completions`: prints a script with which a shell completes command lines. */
export const completions = defineCommand({
  name: "completions",
  summary: "print completions of commands, options and values for a shell",
  usage: `completions ${Object.keys(SHELLS).join("|")} [options]`,
  maxOperands: 1,
  operandWords: Object.keys(SHELLS),
  hasTable: false,
  readsConfiguration: false,
  options: {},
  examples: [
    ["ssdaq completions bash > ~/.local/share/bash-completion/completions/ssdaq", "for bash"],
    ["ssdaq completions zsh > ~/.zfunc/_ssdaq", "for zsh, with ~/.zfunc in its fpath"],
    ["ssdaq completions fish > ~/.config/fish/completions/ssdaq.fish", "for fish"],
  ],
  notes: "ssdaq install writes them to the folders in which the shells look for them.",
  // deno-lint-ignore require-await
  async run({ operands: [shell], commands }) {
    const known = knownWord("completions", shell, Object.keys(SHELLS));
    return { text: completionScript(known, commands).trimEnd() };
  },
});

/** The completions of all commands for a shell. */
export function completionScript(shell: string, commands: readonly Command[]): string {
  const script = SHELLS[shell];
  if (script === undefined) throw new Error(`${shell} has no completions`);
  return script(commands.map(completedCommand));
}
