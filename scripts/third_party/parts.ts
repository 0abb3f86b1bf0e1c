import { OperationError } from "../../lib/errors.ts";
import type { CachedPackage } from "../compile/packages.ts";
import { type Component, termsOf } from "./component.ts";
import { crates } from "./crates.ts";

/** A package with compiled parts, as it was examined. */
interface LookedInto {
  /** Another version may have other parts: then examine it again. */
  version: string;
  parts: (folder: string) => Component[];
}

/** Software that is compiled into packages and was made by others than their authors. */
const PARTS: Readonly<Record<string, LookedInto>> = {
  zeromq: {
    version: "6.8.0",
    parts: () => [
      {
        name: "libzmq",
        version: "4.3.5",
        licence: "MPL-2.0",
        source: "https://github.com/zeromq/libzmq",
        terms: [termsOf("MPL-2.0")],
      },
      {
        name: "SHA-1 of the WIDE Project",
        licence: "BSD-3-Clause",
        source: "https://github.com/zeromq/libzmq",
        terms: [termsOf(
          "BSD-3-Clause",
          "Copyright (C) 1995, 1996, 1997, and 1998 WIDE Project. All rights reserved.",
        )],
      },
      {
        name: "libsodium",
        licence: "ISC",
        source: "https://github.com/jedisct1/libsodium",
        terms: [termsOf("ISC", "Copyright (c) 2013-2024 Frank Denis <j at pureftpd dot org>")],
      },
    ],
  },
  h5wasm: {
    version: "0.10.3",
    parts: () => [
      {
        name: "HDF5 (parts by Lawrence Berkeley National Laboratory)",
        version: "2.0.0",
        licence: "BSD-3-Clause-LBNL",
        source: "https://github.com/HDFGroup/hdf5",
        terms: [termsOf("HDF5-LBNL")],
      },
      {
        name: "zlib",
        licence: "Zlib",
        source: "https://zlib.net",
        terms: [termsOf("Zlib", "Copyright (C) 1995-2024 Jean-loup Gailly and Mark Adler")],
      },
      {
        name: "libaec (instead of szip)",
        licence: "BSD-2-Clause",
        source: "https://gitlab.dkrz.de/dkrz-sw/libaec",
        terms: [termsOf(
          "BSD-2-Clause",
          "Copyright 2012 - 2024 Mathis Rosenhauer, Moritz Hanke, Joerg Behrens\n" +
            "Deutsches Klimarechenzentrum GmbH\n" +
            "Luis Kornblueh\n" +
            "Max-Planck-Institut fuer Meteorologie\n" +
            "All rights reserved.",
        )],
      },
      {
        name: "Emscripten",
        licence: "MIT",
        source: "https://github.com/emscripten-core/emscripten",
        terms: [termsOf("MIT", "Copyright (c) 2010-2014 Emscripten authors, see AUTHORS file.")],
      },
      {
        name: "musl",
        licence: "MIT",
        source: "https://musl.libc.org",
        terms: [termsOf("MIT", "Copyright © 2005-2020 Rich Felker, et al.")],
      },
      {
        name: "LLVM runtime libraries",
        licence: "Apache-2.0 WITH LLVM-exception",
        source: "https://github.com/llvm/llvm-project",
        terms: [termsOf("Apache-2.0"), termsOf("LLVM-exception")],
      },
    ],
  },
  "@resvg/resvg-wasm": {
    version: "2.6.2",
    parts: (folder) => crates(Deno.readFileSync(`${folder}/index_bg.wasm`)),
  },
};

/**
 * The software that is compiled into a package.
 *
 * @throws {OperationError} when another version was examined
 */
export function compiledParts({ name, version, folder }: CachedPackage): Component[] {
  const known = PARTS[name];
  if (known === undefined) return [];
  if (known.version === version) return known.parts(folder);
  throw new OperationError(
    `${name} is ${version} now; check whether its compiled parts are still those that ` +
      `scripts/third_party/parts.ts lists for ${known.version}`,
  );
}
