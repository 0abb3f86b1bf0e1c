import { OperationError } from "../../lib/errors.ts";
import { type Component, type KeptText, termsOf } from "./component.ts";

interface Crate {
  /** SPDX expression. */
  licence: string;
  /** The chosen text, where there is a choice. */
  text: KeptText;
  notice?: string;
}

const apacheOr = (others: string): Crate => ({
  licence: `${others} OR Apache-2.0`,
  text: "Apache-2.0",
});
const usual = apacheOr("MIT");
const mit = (notice: string): Crate => ({ licence: "MIT", text: "MIT", notice });
const dropbox: Crate = {
  licence: "BSD-3-Clause",
  text: "BSD-3-Clause",
  notice: "Copyright (c) 2016 Dropbox, Inc. All rights reserved.",
};
const payne = mit("Copyright (c) 2018-2020 myrrlyn (Alexander Payne)");
const skia: Crate = {
  licence: "BSD-3-Clause",
  text: "BSD-3-Clause",
  notice: "Copyright (c) 2011 Google Inc. All rights reserved.\n" +
    "Copyright (c) 2020 Yevhenii Reizner All rights reserved.",
};

/** Licences of the crates (Rust's packages) whose names are in resvg's WebAssembly. */
const NAMED: Readonly<Record<string, Crate>> = {
  adler32: {
    licence: "Zlib",
    text: "Zlib",
    notice: "Copyright (C) 1995-2013 Jean-loup Gailly and Mark Adler\n" +
      "(C) 2016 Remi Rampin and adler32-rs contributors",
  },
  "alloc-no-stdlib": dropbox,
  arrayvec: usual,
  base64: usual,
  bitvec: payne,
  "brotli-decompressor": { ...dropbox, licence: "BSD-3-Clause OR MIT" },
  bytemuck: apacheOr("Zlib OR MIT"),
  bytes: mit("Copyright (c) 2018 Carl Lerche"),
  "data-url": usual,
  deflate: usual,
  flate2: usual,
  fontdb: mit("Copyright (c) 2020 Reizner Evgeniy"),
  gif: usual,
  imagesize: mit("Copyright (c) 2017 Maiddog"),
  "jpeg-decoder": usual,
  kurbo: usual,
  miniz_oxide: apacheOr("MIT OR Zlib"),
  pathfinder_content: usual,
  png: usual,
  rctree: mit("Copyright (c) 2018 Simon Sapin\nCopyright (c) 2018 Reizner Evgeniy"),
  roxmltree: usual,
  rustybuzz: mit(
    "Copyright (c) HarfBuzz developers\nCopyright (c) 2020 Reizner Evgeniy",
  ),
  serde_json: usual,
  simplecss: usual,
  slotmap: {
    licence: "Zlib",
    text: "Zlib",
    notice: "Copyright (c) 2021 Orson Peters <orsonpeters@gmail.com>",
  },
  smallvec: usual,
  svgtypes: usual,
  "tiny-skia": skia,
  "tiny-skia-path": skia,
  tinyvec: apacheOr("Zlib OR MIT"),
  "ttf-parser": usual,
  "unicode-bidi": usual,
  "unicode-general-category": { licence: "Apache-2.0", text: "Apache-2.0" },
  weezl: usual,
  xmlparser: usual,
  xmlwriter: mit("Copyright (c) 2019 Reizner Evgeniy"),
};

/** Crates that these need, by their manifests; their names are not in the WebAssembly. */
const NAMELESS: Readonly<Record<string, Crate>> = {
  adler: apacheOr("0BSD OR MIT"),
  "alloc-stdlib": dropbox,
  arrayref: {
    licence: "BSD-2-Clause",
    text: "BSD-2-Clause",
    notice: "Copyright (c) 2015 David Roundy <roundyd@physics.oregonstate.edu>\n" +
      "All rights reserved.",
  },
  bitflags: usual,
  "cfg-if": usual,
  color_quant: mit("Copyright (c) 2016 PistonDevelopers"),
  crc32fast: usual,
  "float-cmp": mit("Copyright (c) 2014-2020 Optimal Computing (NZ) Ltd"),
  "four-cc": usual,
  funty: payne,
  itoa: usual,
  "js-sys": usual,
  log: usual,
  pathfinder_color: usual,
  pathfinder_geometry: usual,
  pathfinder_simd: usual,
  radium: mit("Copyright (c) 2019 kneecaw (Nika Layzell)"),
  rgb: mit("Copyright (c) 2019 Kornel"),
  ryu: { licence: "Apache-2.0 OR BSL-1.0", text: "Apache-2.0" },
  serde: usual,
  siphasher: usual,
  "strict-num": mit("Copyright (c) 2022 Yevhenii Reizner"),
  tap: mit("Copyright (c) 2017 Elliot Linder <darfink@gmail.com>"),
  thiserror: usual,
  "unicode-bidi-mirroring": usual,
  "unicode-ccc": usual,
  "unicode-script": usual,
  "unicode-vo": usual,
  "wasm-bindgen": usual,
  wyz: payne,
  "Rust's standard library": usual,
};

/** Crates with their own repository. */
const FROM_GIT: Readonly<Record<string, Crate>> = {
  resvg: { licence: "MPL-2.0", text: "MPL-2.0" },
  "woff2-rs": { licence: "Apache-2.0", text: "Apache-2.0" },
};

/**
 * The crates that are compiled into WebAssembly. It contains paths of their sources.
 *
 * @throws {OperationError} for a crate whose licence is not known here
 */
export function crates(wasm: Uint8Array): Component[] {
  const text = new TextDecoder("latin1").decode(wasm);
  const found = new Map<string, Component>();
  for (
    const [, name = "", version = ""] of text.matchAll(
      /index\.crates\.io-\w+\/([\w-]+)-(\d[\w.]*)\//g,
    )
  ) {
    found.set(`${name} ${version}`, component(name, known(NAMED, name), version));
  }
  for (const [, name = ""] of text.matchAll(/git\/checkouts\/([\w-]+)-[0-9a-f]{16}\//g)) {
    found.set(name, component(name, known(FROM_GIT, name)));
  }
  const nameless = Object.entries(NAMELESS).map(([name, crate]) => component(name, crate));
  return [...found.values(), ...nameless];
}

function known(crates: Readonly<Record<string, Crate>>, name: string): Crate {
  const crate = crates[name];
  if (crate !== undefined) return crate;
  throw new OperationError(
    `the crate ${name} is in resvg; add its licence to scripts/third_party/crates.ts`,
  );
}

function component(name: string, { licence, text, notice }: Crate, version?: string): Component {
  const source = SOURCES[name] ??
    `https://docs.rs/crate/${name}/${version ?? "latest"}/source/`;
  return { name, version, licence, source, terms: [termsOf(text, notice)] };
}

const SOURCES: Readonly<Record<string, string>> = {
  resvg: "https://github.com/linebender/resvg",
  "woff2-rs": "https://github.com/yisibl/woff2-rs",
  "Rust's standard library": "https://github.com/rust-lang/rust",
};
