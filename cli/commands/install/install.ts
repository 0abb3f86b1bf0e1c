import { resolve } from "node:path";
import { ConfigurationError } from "../../../lib/errors.ts";
import { VERSION } from "../../../lib/version.ts";
import { defineCommand } from "../../command.ts";
import { type FileReport, Installation } from "./installation.ts";
import { CONFIGURATION_PATH, installationPlan, manifestPath } from "./plan.ts";
import { flag, optional, withDefault } from "../../options/option.ts";
import { executablePath } from "../../process/self.ts";
import { text } from "../../options/value.ts";

/** Options that say where an installation is. */
const PLACE_OPTIONS = {
  prefix: withDefault(text, "/usr/local", {
    placeholder: "DIR",
    help: "folder of bin and share",
  }),
  root: optional(text, { placeholder: "DIR", help: "folder that stands for /, as for an image" }),
  dryRun: flag({ help: "change nothing, and tell what would be done" }),
};

/** `ssdaq install`: puts itself on this host. */
export const install = defineCommand({
  name: "install",
  summary: "put ssdaq on this host: executable, completions, configuration, service",
  usage: "install [options]",
  maxOperands: 0,
  hasTable: false,
  readsConfiguration: false,
  options: {
    ...PLACE_OPTIONS,
    systemd: flag({ help: "also a service that runs daemon and recorders (ssdaq run)" }),
    from: optional(text, { placeholder: "FILE", help: "executable to install [this one]" }),
    force: flag({ help: "replace files that others wrote or changed" }),
  },
  examples: [
    ["sudo ssdaq install --systemd", "for the DAQ host, with its service"],
    ["ssdaq install --prefix ~/.local", "for this user alone"],
    ["ssdaq install --systemd --dry-run", "what would be done?"],
  ],
  notes:
    `A configuration that exists stays. None is written for a user other than root: ssdaq looks\n` +
    "for ./ssdaq.toml too. Install again to upgrade; ssdaq uninstall takes away what was written.",
  // deno-lint-ignore require-await
  async run({ values, commands, sources: { sections } }) {
    const executable = values.from ?? executablePath();
    if (executable === undefined) {
      throw new ConfigurationError(
        "install: this ssdaq runs from source; make one file with deno task compile and call " +
          "dist/ssdaq install, or name it with --from FILE",
      );
    }
    const { systemd, dryRun, force } = values;
    const { root, prefix } = placeOf(values);
    const configuration = systemd || root !== "" || Deno.uid() === 0;
    const plan = installationPlan({
      ...{ executable, prefix, configuration, systemd, commands, sections },
    });
    const files = new Installation(root, manifestPath(prefix))
      .install(VERSION, plan, { force, dryRun });
    const next = nextSteps(prefix, configuration, systemd);
    return {
      data: { command: "install", dryRun, files, next },
      text: `${filesText(files, dryRun)}\n${["next:", ...next].join("\n  ")}`,
    };
  },
});

/** `ssdaq uninstall`: takes away what `ssdaq install` put there. */
export const uninstall = defineCommand({
  name: "uninstall",
  summary: "take away what ssdaq install wrote; recorded data stays",
  usage: "uninstall [options]",
  maxOperands: 0,
  hasTable: false,
  readsConfiguration: false,
  options: {
    ...PLACE_OPTIONS,
    force: flag({ help: "remove files that were changed since, too" }),
  },
  examples: [
    ["sudo ssdaq uninstall", "after sudo systemctl disable --now ssdaq, if it is a service"],
    ["ssdaq uninstall --prefix ~/.local --dry-run", "what would be done?"],
  ],
  notes:
    "Files that were changed since stay, such as the configuration; so do /var/lib/ssdaq and\n" +
    "the user ssdaq.",
  // deno-lint-ignore require-await
  async run({ values }) {
    const { root, prefix } = placeOf(values);
    const files = new Installation(root, manifestPath(prefix)).uninstall(values);
    if (files === undefined) {
      throw new ConfigurationError(
        `uninstall: nothing is installed in ${root}${prefix}; was it another --prefix?`,
      );
    }
    return {
      data: { command: "uninstall", dryRun: values.dryRun, files },
      text: filesText(files, values.dryRun),
    };
  },
});

function placeOf({ prefix, root }: { prefix: string; root: string | undefined }) {
  return { prefix: resolve(prefix), root: root === undefined ? "" : resolve(root) };
}

function filesText(files: readonly FileReport[], dryRun: boolean): string {
  const would = dryRun ? "would be " : "";
  const width = `${would}unchanged`.length;
  return files.map(({ path, action }) => `${`${would}${action}`.padEnd(width)}  ${path}`).join(
    "\n",
  );
}

function nextSteps(prefix: string, configuration: boolean, systemd: boolean): string[] {
  const isOnPath = (Deno.env.get("PATH") ?? "").split(":").includes(`${prefix}/bin`);
  return [
    ...(isOnPath ? [] : [`export PATH=${prefix}/bin:$PATH`]),
    ...(configuration
      ? [`\${EDITOR:-vi} ${CONFIGURATION_PATH}; ssdaq config check ${CONFIGURATION_PATH}`]
      : ["ssdaq config init"]),
    "ssdaq doctor",
    ...(systemd
      ? ["systemd-sysusers && systemctl daemon-reload && systemctl enable --now ssdaq"]
      : []),
  ];
}
