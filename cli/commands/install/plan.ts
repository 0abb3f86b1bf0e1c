import type { Command } from "../../command.ts";
import { completionScript } from "../completions/completions.ts";
import { commentedConfiguration, type SetKeys } from "../../config/commented_configuration.ts";
import type { Section } from "../../config/section.ts";
import { serviceUnit, serviceUser, STATE_FOLDER } from "./unit.ts";

/** A file that an installation has. */
export interface PlannedFile {
  /** Where it belongs on the host. */
  path: string;
  /** What it holds; `copyOf`: what another file holds. */
  content: string | { copyOf: string };
  mode: number;
  /** Whether one that exists stays as it is, whoever wrote it. */
  staysIfThere?: boolean;
}

/** What to install. */
export interface Wanted {
  /** The executable that is copied. */
  executable: string;
  /** Folder of the folders `bin` and `share`. */
  prefix: string;
  /** Whether the host gets a configuration. */
  configuration: boolean;
  /** Whether systemd is to run it. */
  systemd: boolean;
  commands: readonly Command[];
  sections: readonly Section[];
}

/** Where a host's configuration is. */
export const CONFIGURATION_PATH = "/etc/ssdaq/ssdaq.toml";

const UNIT_PATH = "/etc/systemd/system/ssdaq.service";
const USER_PATH = "/etc/sysusers.d/ssdaq.conf";

/** Where each shell looks for completions, below a prefix. */
const COMPLETION_PATHS: Record<string, string> = {
  bash: "share/bash-completion/completions/ssdaq",
  zsh: "share/zsh/site-functions/_ssdaq",
  fish: "share/fish/vendor_completions.d/ssdaq.fish",
};

/** The files of an installation. */
export function installationPlan(
  { executable, prefix, configuration, systemd, commands, sections }: Wanted,
): PlannedFile[] {
  const installed = `${prefix}/bin/ssdaq`;
  // Where the service records, also for who asks the doctor elsewhere.
  const set: SetKeys = systemd ? { record: { folder: STATE_FOLDER } } : {};
  const plain = (path: string, content: string): PlannedFile => ({ path, content, mode: 0o644 });
  return [
    { path: installed, content: { copyOf: executable }, mode: 0o755 },
    ...Object.entries(COMPLETION_PATHS).map(([shell, path]) =>
      plain(`${prefix}/${path}`, completionScript(shell, commands))
    ),
    ...(configuration
      ? [{
        ...plain(CONFIGURATION_PATH, commentedConfiguration(sections, set)),
        staysIfThere: true,
      }]
      : []),
    ...(systemd
      ? [
        plain(UNIT_PATH, serviceUnit(installed, CONFIGURATION_PATH)),
        plain(USER_PATH, serviceUser()),
      ]
      : []),
  ];
}

/** Where an installation keeps account of its files. */
export function manifestPath(prefix: string): string {
  return `${prefix}/share/ssdaq/installed.json`;
}
