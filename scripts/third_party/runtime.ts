import { type Component, termsOf } from "./component.ts";

/**
 * Deno, which runs ssdaq in the executable, and its largest parts. `ssdaq --version` prints its
 * version. Its own Cargo.lock lists the rest.
 */
export const RUNTIME: readonly Component[] = [
  {
    name: "Deno",
    licence: "MIT",
    source: "https://github.com/denoland/deno",
    terms: [termsOf("MIT", "Copyright 2018-2026 the Deno authors")],
  },
  {
    name: "V8",
    licence: "BSD-3-Clause",
    source: "https://chromium.googlesource.com/v8/v8",
    terms: [termsOf(
      "BSD-3-Clause",
      "Copyright 2006-2014, the V8 project authors and Google Inc. All rights reserved.",
    )],
  },
  {
    name: "ICU",
    licence: "Unicode-3.0",
    source: "https://github.com/unicode-org/icu",
    terms: [termsOf("Unicode-3.0")],
  },
  {
    name: "Node.js (modules that Deno has from it)",
    licence: "MIT",
    source: "https://github.com/nodejs/node",
    terms: [termsOf(
      "MIT",
      "Copyright Node.js contributors. All rights reserved.\n" +
        "Copyright Joyent, Inc. and other Node contributors. All rights reserved.",
    )],
  },
  {
    name: "TypeScript",
    licence: "Apache-2.0",
    source: "https://github.com/microsoft/TypeScript",
    terms: [termsOf("Apache-2.0", "Copyright (c) Microsoft Corporation. All rights reserved.")],
  },
  {
    name: "swc",
    licence: "Apache-2.0",
    source: "https://github.com/swc-project/swc",
    terms: [termsOf("Apache-2.0")],
  },
  {
    name: "AWS-LC",
    licence: "Apache-2.0 OR ISC",
    source: "https://github.com/aws/aws-lc",
    terms: [termsOf("Apache-2.0", "Copyright Amazon.com, Inc. or its affiliates")],
  },
  {
    name: "Tokio",
    licence: "MIT",
    source: "https://github.com/tokio-rs/tokio",
    terms: [termsOf("MIT", "Copyright (c) Tokio Contributors")],
  },
  {
    name: "hyper",
    licence: "MIT",
    source: "https://github.com/hyperium/hyper",
    terms: [termsOf("MIT", "Copyright (c) 2014-2025 Sean McArthur")],
  },
  {
    name: "cssparser",
    licence: "MPL-2.0",
    source: "https://github.com/servo/rust-cssparser",
    terms: [termsOf("MPL-2.0")],
  },
];
