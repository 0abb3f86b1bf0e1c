import type { Completed, CompletedCommand, CompletedOption } from "./completed_command.ts";

/** The script with which bash completes commands, options and their values. */
export function bashCompletions(commands: readonly CompletedCommand[]): string {
  return `# Completions of ssdaq for bash; made by: ssdaq completions bash
_ssdaq() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  # bash splits --option=value into three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    _ssdaq_words '${commands.map(({ name }) => name).join(" ")} help --help --version --licenses'
    return
  fi
  case \${COMP_WORDS[1]} in
    help) _ssdaq_words '${commands.map(({ name }) => name).join(" ")}' ;;
${commands.map(commandCase).join("\n")}
  esac
}

_ssdaq_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}

_ssdaq_paths() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}

complete -F _ssdaq ssdaq
`;
}

function commandCase({ name, options, operands }: CompletedCommand): string {
  const valued = options.filter(({ placeholder }) => placeholder !== undefined);
  const values = [...Map.groupBy(valued, ({ value }) => completion(value))].map(
    ([complete, alike]) => `        ${alike.flatMap(namesOf).join(" | ")}) ${complete} ;;`,
  );
  return `    ${name})
      case $before in
${values.join("\n")}
        *)
          if [[ $word == -* ]]; then
            _ssdaq_words '${options.flatMap(namesOf).join(" ")}'
          else
            ${operands === undefined ? ":" : completion(operands)}
          fi
          ;;
      esac
      ;;`;
}

function namesOf({ long, short }: CompletedOption): string[] {
  return short === undefined ? [long] : [long, short];
}

function completion(what: Completed): string {
  if (what === "file") return "_ssdaq_paths -f";
  if (what === "folder") return "_ssdaq_paths -d";
  return what === "anything" ? ":" : `_ssdaq_words '${what.join(" ")}'`;
}
