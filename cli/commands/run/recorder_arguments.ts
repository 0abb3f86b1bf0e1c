import { resolve } from "node:path";
import { ConfigurationError } from "../../../lib/errors.ts";
import { sectionOf, type Setting, Settings, type Sources } from "../../config/settings.ts";
import { DEFAULT_PREFIX } from "../record/options.ts";
import { kebab } from "../../options/split_arguments.ts";
import type { DaemonAddress } from "./daemon_address.ts";

/** A recorder that the configuration asks for. */
export interface ConfiguredRecorder {
  name: string;
  /** What stands after `ssdaq record`. */
  args: string[];
}

/** Where recorders write to that do not say so. */
interface UsualPlace {
  folder?: string | undefined;
  prefix?: string | undefined;
}

/**
 * The recorders of a configuration; one with the options of `[record]` where it has none.
 *
 * @param tables what each `[[recorder]]` has
 * @param usual folder and prefix of those that have none of their own
 * @throws {ConfigurationError} for two of one name, or two that write the same files
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
 * Where the recorders of a configuration write to, each folder once.
 *
 * @param config the file that `--config` names
 * @param usual the folder of a recorder that has none of its own
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
 * What a recorder is told of the daemon, unless the configuration says otherwise: where to listen,
 * where to fetch what it missed, and with which token.
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
  // Nobody but that daemon is shown its token.
  if (token !== undefined && !isSaid("tokenFile")) args.push(`--token-file=${token}`);
  return args;
}
