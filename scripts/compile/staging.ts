import type { BuildInfo } from "../../cli/process/build_info.ts";
import configuration from "../../deno.json" with { type: "json" };
import { toJson } from "../../lib/text/json.ts";
import { walkSync } from "../fs.ts";
import { copyFile, copyPackage, findProgram, type Program } from "./packages.ts";

/** The first file of the program. */
export const ENTRY = "cli/main.ts";

/** The texts of `ssdaq --licenses`. */
const PAPERS = ["LICENSE", "THIRD_PARTY.md"];

/** The first file of the live page; its bundle is part of the program. */
const PAGE = "lib/view/page/main.ts";

/** Programs of workers, and files that are read at run time. */
export const INCLUDED = [
  "lib/receiver/recvmmsg_worker.ts",
  "lib/recording/table/template",
  "build.json",
  ...PAPERS,
];

/** The permissions of ssdaq from source, as flags of `deno run`. */
export const PERMISSIONS: readonly string[] = configuration.tasks.ssdaq.command.split(" ")
  .filter((word) => word.startsWith("--allow-"));

/** The project's parts in the executable: its own files and packages, with those of the page. */
export async function findShipped(root: string): Promise<Program> {
  const workers = INCLUDED.filter((path) => path.endsWith(".ts"));
  const { files, packages } = await findProgram(root, [ENTRY, ...workers]);
  const bundled = (await findProgram(root, [PAGE])).packages;
  const further = bundled.filter(({ name }) => !packages.some((found) => found.name === name));
  return { files, packages: [...packages, ...further] };
}

/**
 * Copies the files that the program needs to run into a folder.
 *
 * @param platform such as `linux/x64`
 */
export async function stage(
  root: string,
  folder: string,
  platform: string,
  build: BuildInfo,
): Promise<void> {
  const { files, packages } = await findShipped(root);
  for (const file of files) copyFile(file, `${folder}${file.slice(root.length)}`);
  for (const { path } of walkSync(`${root}/lib/recording/table/template`, { exts: [".h5"] })) {
    copyFile(path, `${folder}${path.slice(root.length)}`);
  }
  for (const paper of PAPERS) copyFile(`${root}/${paper}`, `${folder}/${paper}`);
  for (const found of packages) copyPackage(found, `${folder}/node_modules`, platform);
  const names = packages.map(({ name }) => name);
  Deno.writeTextFileSync(`${folder}/deno.json`, toJson(stagedConfiguration(names), 2));
  Deno.writeTextFileSync(`${folder}/build.json`, toJson(build, 2));
}

/** The project's configuration, with only the copied packages. */
function stagedConfiguration(packages: readonly string[]): Record<string, unknown> {
  const { name, version, unstable, tasks, imports } = configuration;
  return {
    ...{ name, version, unstable },
    nodeModulesDir: "manual",
    tasks: { ssdaq: tasks.ssdaq },
    imports: Object.fromEntries(
      Object.entries(imports).filter(([, target]) =>
        packages.some((name) => target.startsWith(`npm:${name}@`))
      ),
    ),
  };
}
