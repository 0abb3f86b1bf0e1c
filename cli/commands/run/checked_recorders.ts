import { ConfigurationError, messageOf } from "../../../lib/errors.ts";
import { checkPrefix } from "../../../lib/recording/write/destination.ts";
import { ReplayBuffer } from "../../../lib/replay/replay_buffer.ts";
import { sectionOf, type Setting, type Settings, type Sources } from "../../config/settings.ts";
import { requireToken } from "../../options/control_options.ts";
import { controlAddress, readValue } from "../../options/value.ts";
import { daemonOptions } from "../daemon/options.ts";
import { type ConfiguredRecorder, configuredRecorders } from "./recorder_arguments.ts";

/**
 * The recorders that `ssdaq run` starts. Checks first every setting that daemon and recorders would
 * refuse on any host. It opens nothing, and the folders need not exist.
 *
 * @throws {ConfigurationError} for the first error, with the fix
 */
export function checkedRecorders(settings: Settings, sources: Sources): ConfiguredRecorder[] {
  checkDaemon(settings, sources);
  const record = sectionOf(sources, "record");
  const tables = settings.tables(sectionOf(sources, "recorder"));
  const common = controlOf((name) => settings.of(record, name));
  checkControl(common);
  for (const table of tables) {
    checkControl({ ...common, ...controlOf((name) => table.get(name)) });
  }
  const usual = { folder: settings.of(record, "folder"), prefix: settings.of(record, "prefix") };
  const prefixes = [usual.prefix, ...tables.map((table) => table.get("prefix"))];
  for (const { key, texts: [prefix] } of prefixes.filter((setting) => setting !== undefined)) {
    if (prefix !== undefined) checkPrefix(prefix, key);
  }
  return configuredRecorders(tables, {
    folder: usual.folder.texts[0],
    prefix: usual.prefix.texts[0],
  });
}

/** What is written for a control port and its token. */
interface ControlSettings {
  control?: Setting;
  tokenFile?: string;
}

function controlOf(settingOf: (name: string) => Setting | undefined): ControlSettings {
  const control = settingOf("control");
  const [tokenFile] = settingOf("controlTokenFile")?.texts ?? [];
  return {
    ...(control === undefined ? {} : { control }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
}

/** A port that nothing is written for has its default, which other hosts do not reach. */
function checkControl({ control, tokenFile }: ControlSettings): void {
  const [written] = control?.texts ?? [];
  if (control === undefined || written === undefined) return;
  requireToken(control.key, readValue(controlAddress, control.key, written), tokenFile);
}

function checkDaemon(settings: Settings, sources: Sources): void {
  const daemon = sectionOf(sources, "daemon");
  checkControl(controlOf((name) => settings.of(daemon, name)));
  const buffer = settings.of(daemon, "replayBuffer");
  const maxBytes = daemonOptions.replayBuffer.read(buffer.key, buffer.texts);
  try {
    if (maxBytes !== undefined) ReplayBuffer.capacityOf(maxBytes);
  } catch (error) {
    throw new ConfigurationError(`${buffer.key}: ${messageOf(error)}`);
  }
  const publish = settings.of(daemon, "publish");
  const endpoints = daemonOptions.publish.read(publish.key, publish.texts)
    .map(({ endpoint }) => endpoint)
    // Port 0 is a different port each time.
    .filter((endpoint) => !/^tcp:.*:0$/.test(endpoint));
  const twice = endpoints.find((endpoint, index) => endpoints.indexOf(endpoint) < index);
  if (twice !== undefined) {
    throw new ConfigurationError(
      `${publish.key}: ${twice} is given twice; give each its own port, or leave one out`,
    );
  }
}
