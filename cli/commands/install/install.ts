import { resolve } from "node:path";
import { ConfigurationError } from "../../../lib/errors.ts";
import { VERSION } from "../../../lib/version.ts";
import { defineCommand } from "../../command.ts";
import { flag, optional, withDefault } from "../../options/option.ts";
import { text } from "../../options/value.ts";
import { executablePath } from "../../process/self.ts";
import { type FileReport, Installation } from "./installation.ts";
import { CONFIGURATION_PATH, installationPlan } from "./plan.ts";

/** Options that say where the installation is. */
const PLACE_OPTIONS = {
  prefix: withDefault(text, "/usr/local", {
    placeholder: "DIR",
    help: "folder that contains bin and share",
  }),
  root: optional(text, { placeholder: "DIR", help: "folder to use as /, for example of an image" }),
  dryRun: flag({ help: "change nothing; print what would be done" }),
};

/** `ssdaq install`: installs ssdaq on this host. */
export const install = defineCommand({
  name: "install",
  summary: "install on this host: executable, completions, configuration, service",
  usage: "install [options]",
  maxOperands: 0,
  hasTable: false,
  readsConfiguration: false,
  options: {
    ...PLACE_OPTIONS,
    systemd: flag({ help: "also a service that runs daemon and recorders (ssdaq run)" }),
    from: optional(text, { placeholder: "FILE", help: "executable to install [this one]" }),
    force: flag({ help: "replace files that ssdaq did not write, or that were changed" }),
  },
  examples: [
    ["sudo ssdaq install --systemd", "for the DAQ host, with its service"],
    ["ssdaq install --prefix ~/.local", "for this user only"],
    ["ssdaq install --systemd --dry-run", "show what would be done"],
  ],
  notes:
    `An existing configuration is kept. For a user other than root, none is written: ssdaq also\n` +
    "reads ./ssdaq.toml. To upgrade, install again. ssdaq uninstall removes what install wrote.",
  // deno-lint-ignore require-await
  async run({ values, commands, sources: { sections } }) {
    const executable = values.from ?? executablePath();
    if (executable === undefined) {
      throw new ConfigurationError(
        "install: this ssdaq runs from source and is not one file; run deno task compile, then " +
          "dist/ssdaq install, or give --from FILE",
      );
    }
    const { systemd, dryRun, force } = values;
    const { root, prefix } = placeOf(values);
    const configuration = systemd || root !== "" || Deno.uid() === 0;
    const plan = installationPlan({
      ...{ executable, prefix, configuration, systemd, commands, sections },
    });
    const files = new Installation(root, prefix).install(VERSION, plan, { force, dryRun });
    const next = nextSteps(prefix, configuration, systemd);
    return {
      data: { command: "install", dryRun, files, next },
      text: `${filesText(files, dryRun)}\n${["next:", ...next].join("\n  ")}`,
    };
  },
});

/** `ssdaq uninstall`: removes the files of `ssdaq install`. */
export const uninstall = defineCommand({
  name: "uninstall",
  summary: "remove what ssdaq install wrote; keep recorded data",
  usage: "uninstall [options]",
  maxOperands: 0,
  hasTable: false,
  readsConfiguration: false,
  options: {
    ...PLACE_OPTIONS,
    force: flag({ help: "also remove files that were changed after the installation" }),
  },
  examples: [
    ["sudo ssdaq uninstall", "with a service: first sudo systemctl disable --now ssdaq"],
    ["ssdaq uninstall --prefix ~/.local --dry-run", "show what would be done"],
  ],
  notes:
    "Files that were changed after the installation stay, such as the configuration. The folder\n" +
    "/var/lib/ssdaq and the user ssdaq stay too.",
  // deno-lint-ignore require-await
  async run({ values }) {
    const { root, prefix } = placeOf(values);
    const files = new Installation(root, prefix).uninstall(values);
    if (files === undefined) {
      throw new ConfigurationError(
        `uninstall: nothing is installed in ${root}${prefix}; did you install with another --prefix?`,
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
