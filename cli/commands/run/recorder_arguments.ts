import { resolve } from "node:path";
import { ConfigurationError } from "../../../lib/errors.ts";
import { sectionOf, type Setting, Settings, type Sources } from "../../config/settings.ts";
import { kebab } from "../../options/split_arguments.ts";
import { DEFAULT_PREFIX } from "../record/options.ts";
import type { DaemonAddress } from "./daemon_address.ts";

/** A recorder of the configuration. */
export interface ConfiguredRecorder {
  name: string;
  /** Arguments after `ssdaq record`. */
  args: string[];
}

/** Where recorders write by default. */
interface UsualPlace {
  folder?: string | undefined;
  prefix?: string | undefined;
}

/**
 * The recorders of a configuration; without `[[recorder]]`, one with the options of `[record]`.
 *
 * @param tables the settings of each `[[recorder]]`
 * @param usual folder and prefix for recorders without their own
 * @throws {ConfigurationError} for two with the same name, or two that write the same files
 */
export function configuredRecorders(
  tables: readonly ReadonlyMap<string, Setting>[],
  usual: UsualPlace = {},
): ConfiguredRecorder[] {
  if (tables.length === 0) return [{ name: "record", args: [] }];
  const places = new Map<string, string>();
  return tables.map((table, index) => {
    const name = table.get("name")?.texts[0] ?? `recorder ${index + 1}`;
    for (const [what, key] of [["name", name], ["folder and prefix", placeOf(table, usual)]]) {
      const other = places.get(`${what} ${key}`);
      if (other !== undefined) {
        throw new ConfigurationError(
          `[[recorder]] ${name}: ${other} has the same ${what}; give each its own`,
        );
      }
      places.set(`${what} ${key}`, name);
    }
    const args = [...table].flatMap(([key, { texts }]) =>
      key === "name" ? [] : texts.map((text) => `--${kebab(key)}${text === "" ? "" : `=${text}`}`)
    );
    return { name, args };
  });
}

/**
 * The folders that the recorders of a configuration write to, each once.
 *
 * @param config the file that `--config` names
 * @param usual the folder for a recorder without its own
 */
export function configuredFolders(
  sources: Sources,
  config: string | undefined,
  usual = ".",
): string[] {
  const tables = new Settings(sources, config).tables(sectionOf(sources, "recorder"));
  const folders = tables.map((table) => table.get("folder")?.texts[0] ?? usual);
  return [...new Set(folders.length === 0 ? [usual] : folders)];
}

function placeOf(table: ReadonlyMap<string, Setting>, usual: UsualPlace): string {
  const of = (key: "folder" | "prefix") => table.get(key)?.texts[0] ?? usual[key];
  return JSON.stringify([resolve(of("folder") ?? "."), of("prefix") ?? DEFAULT_PREFIX]);
}

/**
 * The arguments about the daemon, unless the configuration has them: where to listen, where to fetch
 * missed events, and the token for this.
 */
export function usualArguments(
  settings: Settings,
  sources: Sources,
  { endpoint, control }: DaemonAddress,
): string[] {
  const record = sectionOf(sources, "record");
  const isSaid = (name: string) => settings.of(record, name).from !== "default";
  const args: string[] = [];
  if (!isSaid("endpoint")) args.push(`--endpoint=${endpoint}`);
  if (isSaid("fillGaps")) return args;
  args.push(`--fill-gaps=${control ?? "off"}`);
  const [token] = settings.of(sectionOf(sources, "daemon"), "controlTokenFile").texts;
  // Only that daemon may get its token.
  if (token !== undefined && !isSaid("tokenFile")) args.push(`--token-file=${token}`);
  return args;
}
