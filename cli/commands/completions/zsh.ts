import type { Completed, CompletedCommand, CompletedOption } from "./completed_command.ts";

/** The function with which zsh completes commands, options and their values. */
export function zshCompletions(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => quoted(`${name}:${summary}`));
  return `#compdef ssdaq
# Completions of ssdaq for zsh; made by: ssdaq completions zsh
_ssdaq() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
        ${described.join("\n        ")}
        'help:show the help of a command'
      )
      _describe command commands
      ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join("\n")}
      esac
      ;;
  esac
}

# zsh loads this as a file in $fpath, or reads it as a script.
if [[ $funcstack[1] == _ssdaq ]]; then
  _ssdaq "$@"
else
  compdef _ssdaq ssdaq
fi
`;
}

function commandCase({ name, options, operands }: CompletedCommand): string {
  const specs = [
    ...options.flatMap(optionSpecs),
    ...(operands === undefined ? [] : [`*:argument:${action(operands)}`]),
  ];
  return `        ${name})
          _arguments \\
            ${specs.map(quoted).join(" \\\n            ")}
          ;;`;
}

function optionSpecs(option: CompletedOption): string[] {
  const { long, short, help, isMany, placeholder, value } = option;
  const isFlag = placeholder === undefined;
  const message = `[${help.replace(/[[\]\\]/g, "\\$&")}]`;
  const argument = isFlag ? "" : `:${placeholder.replace(/[:\\]/g, "\\$&")}:${action(value)}`;
  const others = isMany ? "*" : short === undefined ? "" : `(${short} ${long})`;
  const specOf = (written: string) => `${others}${written}${message}${argument}`;
  const longSpec = specOf(isFlag ? long : `${long}=`);
  return short === undefined ? [longSpec] : [longSpec, specOf(isFlag ? short : `${short}+`)];
}

function action(what: Completed): string {
  if (what === "file") return "_files";
  if (what === "folder") return "_files -/";
  return what === "anything" ? " " : `(${what.join(" ")})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
