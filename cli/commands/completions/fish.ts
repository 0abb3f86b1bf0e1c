import type { Completed, CompletedCommand } from "./completed_command.ts";

/** The script with which fish completes commands, options and their values. */
export function fishCompletions(commands: readonly CompletedCommand[]): string {
  return `# Completions of ssdaq for fish; made by: ssdaq completions fish
function __ssdaq_command
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- $words[2] $argv
end

function __ssdaq_no_command
    test (count (commandline -opc)) -eq 1
end

complete -c ssdaq -f
complete -c ssdaq -n __ssdaq_no_command -a help -d 'show the help of a command'
complete -c ssdaq -n __ssdaq_no_command -l help -d 'list the commands'
complete -c ssdaq -n __ssdaq_no_command -l version -d 'print the version'
complete -c ssdaq -n __ssdaq_no_command -l licenses -d 'print the licences'
complete -c ssdaq -n '__ssdaq_command help' -a '${commands.map(({ name }) => name).join(" ")}'
${commands.flatMap(commandLines).join("\n")}
`;
}

function commandLines({ name, summary, options, operands }: CompletedCommand): string[] {
  const start = `complete -c ssdaq -n '__ssdaq_command ${name}'`;
  return [
    `complete -c ssdaq -n __ssdaq_no_command -a ${name} -d ${quoted(summary)}`,
    ...(operands === undefined ? [] : [`${start} ${completion(operands)}`]),
    ...options.map(({ long, short, help, placeholder, value }) => {
      const letter = short === undefined ? "" : ` -s ${short.slice(1)}`;
      const argument = placeholder === undefined ? "" : ` -r ${completion(value)}`;
      return `${start}${letter} -l ${long.slice(2)}${argument} -d ${quoted(help)}`;
    }),
  ];
}

function completion(what: Completed): string {
  if (what === "file") return "-F";
  if (what === "folder") return "-a '(__fish_complete_directories)'";
  return what === "anything" ? "-f" : `-f -a '${what.join(" ")}'`;
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
