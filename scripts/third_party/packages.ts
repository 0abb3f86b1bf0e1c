import { OperationError } from "../../lib/errors.ts";
import type { CachedPackage } from "../compile/packages.ts";
import { type Component, divideTerms, type Terms, termsOf } from "./component.ts";

interface Supplement {
  /** SPDX expression. */
  licence?: string;
  source?: string;
  terms?: () => Terms[];
}

/** Facts that packages do not contain. */
const SUPPLEMENTS: Readonly<Record<string, Supplement>> = {
  "@resvg/resvg-wasm": { terms: () => [termsOf("MPL-2.0")] },
  "cmake-ts": {
    terms: () => [termsOf("MIT", "Copyright (c) Amin Yahyaabadi and Martin Koppehel")],
  },
  "dejavu-fonts-ttf": { licence: "Bitstream-Vera" },
  "deno-std": { terms: () => [termsOf("MIT", "Copyright 2018-2025 the Deno authors")] },
  h5wasm: { licence: "NIST-Software AND HDF5" },
};

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/**
 * An npm package with its licence.
 *
 * @throws {OperationError} when neither it nor this file has its licence
 */
export function packageComponent({ name, version, folder }: CachedPackage): Component {
  const manifest: Manifest = JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
  const supplement = SUPPLEMENTS[name];
  const licence = supplement?.licence ?? manifest.license;
  const source = supplement?.source ?? sourceOf(manifest);
  const terms = supplement?.terms?.() ?? [...Deno.readDirSync(folder)]
    .filter(({ name, isFile }) => isFile && LICENCE_FILE.test(name))
    .map(({ name }) => name)
    .sort()
    .map((file) => divideTerms(Deno.readTextFileSync(`${folder}/${file}`)));
  const missing = (what: string) =>
    new OperationError(
      `${name} ${version} has no ${what} in its package; ` +
        "find it, and add it to SUPPLEMENTS in scripts/third_party/packages.ts",
    );
  if (terms.length === 0) throw missing("licence text");
  if (licence === undefined || licence.startsWith("SEE ")) throw missing("SPDX licence");
  if (source === undefined) throw missing("address of its source");
  return { name, version, licence, source, terms };
}

/** These facts in a package's `package.json`. */
interface Manifest {
  license?: string;
  repository?: string | { url?: string };
}

function sourceOf({ repository }: Manifest): string | undefined {
  const url = typeof repository === "string" ? repository : repository?.url;
  const [, path] = /(?:^|github\.com[/:]|github:)([\w.-]+\/[\w.-]+?)(?:\.git)?(?:[#/].*)?$/
    .exec(url ?? "") ?? [];
  return path === undefined ? url : `https://github.com/${path}`;
}
