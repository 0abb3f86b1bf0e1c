import type { Command } from "../../command.ts";
import { commentedConfiguration, type SetKeys } from "../../config/commented_configuration.ts";
import type { Section } from "../../config/section.ts";
import { completionScript } from "../completions/completions.ts";
import { serviceUnit, serviceUser, STATE_FOLDER } from "./unit.ts";

/** A file of an installation. */
export interface PlannedFile {
  /** Its path on the host. */
  path: string;
  /** Its content; `copyOf`: the content of another file. */
  content: string | { copyOf: string };
  mode: number;
  /** Whether an existing file is kept, even if ssdaq did not write it. */
  staysIfThere?: boolean;
}

/** What to install. */
export interface Wanted {
  /** The executable to copy. */
  executable: string;
  /** Folder that contains `bin` and `share`. */
  prefix: string;
  /** Whether the host gets a configuration. */
  configuration: boolean;
  /** Whether systemd runs it. */
  systemd: boolean;
  commands: readonly Command[];
  sections: readonly Section[];
}

/** Path of a host's configuration. */
export const CONFIGURATION_PATH = "/etc/ssdaq/ssdaq.toml";

const UNIT_PATH = "/etc/systemd/system/ssdaq.service";
const USER_PATH = "/etc/sysusers.d/ssdaq.conf";

/** Where each shell finds completions, below a prefix. */
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
  // The folder of the service, so that doctor finds it when it runs in another folder.
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

/**
 * Every path that an installation with this prefix can have. Nothing else is written or removed,
 * whatever a manifest says. Also paths that only earlier versions wrote belong here.
 */
export function installablePaths(prefix: string): string[] {
  return [
    `${prefix}/bin/ssdaq`,
    ...Object.values(COMPLETION_PATHS).map((path) => `${prefix}/${path}`),
    ...[CONFIGURATION_PATH, UNIT_PATH, USER_PATH],
    manifestPath(prefix),
  ];
}

/** Path of the manifest, which lists the installed files. */
export function manifestPath(prefix: string): string {
  return `${prefix}/share/ssdaq/installed.json`;
}
