import { dirname, join, relative } from "node:path";
import { OperationError } from "../../lib/errors.ts";
import { ensureDirSync, walkSync } from "../fs.ts";

/** Files of a package that a running program never reads. */
const NEEDLESS = /(^|\/)\.[^/]+$|\.(d\.[cm]?ts|map|md|h|gypi?|cc|hpp)$/;

/** The used files of packages that are not listed below. */
const USUALLY_USED = /^(?!(src|test|tests|script|docs?)\/)/;

/** The used files of packages that have many more, or keep them elsewhere. */
const USED: Readonly<Record<string, RegExp>> = {
  h5wasm: /^(package\.json|LICENSE\.txt|dist\/node\/)/,
  "dejavu-fonts-ttf": /^(package\.json|LICENSE|ttf\/DejaVuSans\.ttf$)/,
  // The rest is in the page's bundle.
  uplot: /^(package\.json|LICENSE)$/,
  hyparquet: /^(package\.json|LICENSE|src\/)/,
  "hyparquet-writer": /^(package\.json|LICENSE|src\/)/,
  "@resvg/resvg-wasm": /^(package\.json|LICENSE|index\.(m?js)|index_bg\.wasm)/,
};

/** A package in Deno's cache. */
export interface CachedPackage {
  name: string;
  version: string;
  folder: string;
}

interface ModuleGraph {
  modules: {
    specifier: string;
    local?: string;
    npmPackage?: string;
    dependencies?: { specifier: string; npmPackage?: string }[];
  }[];
  npmPackages: Record<string, {
    name: string;
    version: string;
    dependencies: string[];
    localPath: string;
  }>;
}

/** The parts of a program. */
export interface Program {
  /** Its own files. */
  files: string[];
  packages: CachedPackage[];
}

/**
 * Finds the imports of a program: its files below a folder, and the packages that these use.
 *
 * @throws {OperationError} when `deno info` fails
 */
export async function findProgram(root: string, entries: readonly string[]): Promise<Program> {
  const files = new Set<string>();
  const packages = new Map<string, CachedPackage>();
  for (const entry of entries) {
    const graph = await graphOf(root, entry);
    const used = new Set<string>();
    const packageOf = (id: string) => {
      const found = graph.npmPackages[id];
      if (found === undefined) throw new Error(`deno info names ${id}, but does not describe it`);
      return found;
    };
    const use = (id: string) => {
      if (used.has(id)) return;
      used.add(id);
      packageOf(id).dependencies.forEach(use);
    };
    for (const { specifier, local, npmPackage } of graph.modules) {
      if (npmPackage !== undefined) use(npmPackage);
      else if (specifier.startsWith("file:") && local?.startsWith(`${root}/`)) files.add(local);
    }
    for (const id of used) {
      const { name, version, localPath } = packageOf(id);
      packages.set(name, { name, version, folder: localPath });
    }
  }
  return { files: [...files].sort(), packages: [...packages.values()] };
}

async function graphOf(root: string, entry: string): Promise<ModuleGraph> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `${root}/${entry}`],
    cwd: root,
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new OperationError(`deno info ${entry} failed: ${decoder.decode(stderr)}`);
  return JSON.parse(decoder.decode(stdout));
}

/**
 * Copies a package into a `node_modules`, without the files that the platform does not need.
 *
 * @param platform such as `linux/x64`, for the native parts of zeromq
 */
export function copyPackage(
  { name, folder }: CachedPackage,
  nodeModules: string,
  platform: string,
): void {
  copyTree(folder, `${nodeModules}/${name}`, (path) => {
    if (NEEDLESS.test(path)) return false;
    if (name === "zeromq" && path.startsWith("build/")) {
      return path === "build/manifest.json" || path.startsWith(`build/${platform}/`);
    }
    return (USED[name] ?? USUALLY_USED).test(path);
  });
}

function copyTree(from: string, to: string, wants: (path: string) => boolean): void {
  for (const { path } of walkSync(from, { includeDirs: false })) {
    const inner = relative(from, path);
    if (wants(inner)) copyFile(path, join(to, inner));
  }
}

/** Copies a file, and makes its folder. */
export function copyFile(from: string, to: string): void {
  ensureDirSync(dirname(to));
  Deno.copyFileSync(from, to);
}
