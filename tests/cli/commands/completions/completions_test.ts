import { COMMANDS } from "../../../../cli/commands/commands.ts";
import { completionScript, SHELLS } from "../../../../cli/commands/completions/completions.ts";
import { kebab } from "../../../../cli/options/split_arguments.ts";
import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import { assert, assertEquals, assertStringIncludes } from "../../../assert.ts";
import { named } from "../../../elements.ts";
import { hasProgram } from "../../../has_program.ts";
import { inFolder } from "../../../lib/recording/fixtures.ts";
import { DEADLINE_MS } from "../../../wait_for.ts";
import { IN_TERMINAL } from "../../in_terminal.ts";
import { refused } from "../../refused.ts";

/** How a shell starts in a terminal without a user's settings, and reads its completions. */
const STARTS: Record<string, (script: string) => { args: string[]; setUp: string }> = {
  bash: (script) => ({
    args: ["bash", "--norc", "--noprofile", "-i"],
    // Without a history, it writes nothing when its terminal goes: the folder may go with it.
    setUp: `unset HISTFILE; bind 'set enable-bracketed-paste off'; . ${script}`,
  }),
  zsh: (script) => ({
    args: ["zsh", "-f", "-i"],
    setUp: `unset zle_bracketed_paste; bindkey -e; autoload -U compinit; compinit -D; . ${script}`,
  }),
};

/** What a line becomes when it is typed in a shell, and then the tabulator key. */
async function completed(shell: string, folder: string, line: string): Promise<string> {
  const { args, setUp } = named(STARTS, shell)(`${folder}/completions`);
  const child = new Deno.Command("python3", {
    args: [IN_TERMINAL, "200", ...args],
    cwd: folder,
    env: { TERM: "dumb", HOME: folder },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
  const keyboard = child.stdin.getWriter();
  const type = (text: string) => keyboard.write(new TextEncoder().encode(text));
  // The quotes tell what the shell prints from what is typed.
  await type(`${setUp}; echo REA''DY\n`);
  let written = "";
  try {
    let isReady = false;
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      written += text;
      if (!isReady && written.includes("READY")) {
        isReady = true;
        // The line is not run but told: to its start, and to its end.
        await type(`${line}\t\x01echo 'LI''NE<\x05>'\n`);
      }
      const [, found] = /LINE<(.*?)>/.exec(written) ?? [];
      if (found !== undefined) return found;
    }
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
    await keyboard.abort().catch(() => {});
    await child.status;
  }
  throw new Error(`${line} was not completed, but:\n${written}`);
}

/** Lines that are completed in one way alone. */
const LINES = [
  ["ssdaq dae", "ssdaq daemon "],
  ["ssdaq daemon --dead", "ssdaq daemon --deadline"],
  ["ssdaq daemon --format rea", "ssdaq daemon --format readout "],
  ["ssdaq record --enumerate=or", "ssdaq record --enumerate=order "],
  ["ssdaq config sche", "ssdaq config schema "],
  ["ssdaq ctl paus", "ssdaq ctl pause "],
  ["ssdaq info nig", "ssdaq info night.h5 "],
  ["ssdaq record --folder da", "ssdaq record --folder data/"],
  // A duration is no file.
  ["ssdaq daemon --window nig", "ssdaq daemon --window nig"],
] as const;

for (const shell of Object.keys(STARTS)) {
  Deno.test({
    name: `${shell} completes commands, options, words, files and folders`,
    ignore: !hasProgram(shell) || !hasProgram("python3"),
    fn: () =>
      inFolder(async (folder) => {
        await Deno.writeTextFile(`${folder}/completions`, completionScript(shell, COMMANDS));
        await Deno.writeTextFile(`${folder}/night.h5`, "");
        await Deno.mkdir(`${folder}/data`);
        for (const [line, expected] of LINES) {
          const found = await completed(shell, folder, line);
          // zsh takes a folder's slash away again when a space follows.
          assertEquals(found.replace(/[ /]*$/, ""), expected.replace(/[ /]*$/, ""), line);
        }
      }),
  });
}

Deno.test({
  name: "fish completes commands, options, words, files and folders",
  ignore: !hasProgram("fish"),
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/completions`, completionScript("fish", COMMANDS));
      await Deno.writeTextFile(`${folder}/night.h5`, "");
      await Deno.mkdir(`${folder}/data`);
      for (const [line, expected] of LINES) {
        const script = `source ${folder}/completions; complete -C ${JSON.stringify(line)}`;
        const { stdout } = await new Deno.Command("fish", {
          args: ["--no-config", "-c", script],
          cwd: folder,
          env: { HOME: folder },
        }).output();
        const found = new TextDecoder().decode(stdout).trim().split("\n").map((candidate) =>
          candidate.split("\t")[0]
        );
        const [wanted = ""] = expected.trim().split(" ").slice(line.split(" ").length - 1);
        assertEquals(found, [expected === line ? "" : wanted], line);
      }
    }),
});

for (const shell of Object.keys(SHELLS)) {
  Deno.test(`the completions of ${shell} have every command and every option`, async () => {
    const { code, stdout } = await SsdaqProcess.run("completions", shell);
    assertEquals(code, 0);
    assertEquals(stdout, completionScript(shell, COMMANDS));
    for (const { name, options } of COMMANDS) {
      assertStringIncludes(stdout, name);
      for (const option of Object.keys(options)) {
        const written = shell === "fish" ? ` -l ${kebab(option)} ` : `--${kebab(option)}`;
        assert(stdout.includes(written), `${name} ${written}`);
      }
    }
  });
}

Deno.test("completions of no shell, or an unknown one, are refused", async () => {
  await refused(2, ["completions"], "completions: give bash, zsh, fish");
  await refused(2, ["completions", "bsh"], "completions bsh: not known; did you mean bash?");
});
