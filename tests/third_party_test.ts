import { fileURLToPath } from "node:url";
import configuration from "../deno.json" with { type: "json" };
import { OperationError } from "../lib/errors.ts";
import { findShipped } from "../scripts/compile/staging.ts";
import { divideTerms, termsOf } from "../scripts/third_party/component.ts";
import { crates } from "../scripts/third_party/crates.ts";
import { packageComponent } from "../scripts/third_party/packages.ts";
import { thirdPartyPage } from "../scripts/third_party/page.ts";
import { compiledParts } from "../scripts/third_party/parts.ts";
import { assert, assertEquals, assertThrows } from "./assert.ts";
import { nth } from "./elements.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const PAGE = Deno.readTextFileSync(`${ROOT}/THIRD_PARTY.md`);
const OLD = "THIRD_PARTY.md is not what the executable contains: run deno task third-party";

const encoded = (text: string) => new TextEncoder().encode(text);

/** A package as it lies in a cache. */
function packageWith(files: Record<string, string>) {
  const folder = Deno.makeTempDirSync({ prefix: "ssdaq_package" });
  for (const [name, text] of Object.entries(files)) {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
  const remove = () => Deno.removeSync(folder, { recursive: true });
  return { name: "some", version: "1.2.3", folder, [Symbol.dispose]: remove };
}

Deno.test("THIRD_PARTY.md lists the packages and versions that the executable has", async () => {
  const { packages } = await findShipped(ROOT);
  const shipped = packages.map(({ name, version }) => `${name} ${version}`).sort();
  const section = nth(PAGE.split("\n## "), 1);
  const rows = [...section.matchAll(/^\| (\S+) +\| (\d\S*) +\|/gm)];
  assertEquals(rows.map(([, name, version]) => `${name} ${version}`).sort(), shipped, OLD);
  assert(shipped.length > 5);
});

Deno.test("THIRD_PARTY.md is what its task makes, byte by byte", async () => {
  assert(await thirdPartyPage(ROOT) === PAGE, OLD);
});

Deno.test("ssdaq's own licence is the same in LICENSE and deno.json", () => {
  const { title, notice } = divideTerms(Deno.readTextFileSync(`${ROOT}/LICENSE`));
  assertEquals(title, configuration.license);
  assertEquals(
    notice,
    "BSD 3-Clause License\n\nCopyright (c) 2026, the ssdaq developers",
  );
});

Deno.test("divideTerms() knows a licence however its lines are broken, and keeps the holder", () => {
  const { text } = termsOf("MIT");
  const file = `The MIT License (MIT)\r\n\r\nCopyright (c) 2026 Some One\r\n\r\n${
    text.replaceAll("\n", " \r\n  ")
  }\r\n`;
  assertEquals(divideTerms(file), { title: "MIT", notice: "Copyright (c) 2026 Some One", text });
});

Deno.test("divideTerms() takes the holder from the appendix of Apache-2.0", () => {
  const { text } = termsOf("Apache-2.0");
  const how = "\n\n   APPENDIX: How to apply the Apache License to your work.\n\n";
  const blank = "   Copyright [yyyy] [name of copyright owner]\n";
  const held = "   Copyright 2026 Some One\n";
  assertEquals(divideTerms(text + how + blank).notice, "");
  assertEquals(divideTerms(text + how + held), {
    title: "Apache-2.0",
    notice: "Copyright 2026 Some One",
    text,
  });
});

Deno.test("divideTerms() leaves a file whole that says more or else than a known licence", () => {
  const { text } = termsOf("MIT");
  for (const file of [`${text}\n\nBut not on Sundays.`, text.replace("without restriction", "")]) {
    assertEquals(divideTerms(file), { notice: "", text: file });
  }
});

Deno.test("a package without licence text, licence or source is not passed over", () => {
  const LICENSE = `Copyright 2026 Some One\n\n${termsOf("MIT").text}`;
  const whole = { license: "MIT", repository: "some/one" };
  const manifest = (said: unknown) => ({ "package.json": JSON.stringify(said) });
  {
    using found = packageWith({ ...manifest(whole), LICENSE });
    const { licence, source, terms } = packageComponent(found);
    assertEquals([licence, source], ["MIT", "https://github.com/some/one"]);
    assertEquals(terms.map(({ notice }) => notice), ["Copyright 2026 Some One"]);
  }
  for (
    const [files, lacking] of [
      [manifest(whole), "licence text"],
      [{ ...manifest({ ...whole, license: "SEE LICENSE IN x" }), LICENSE }, "SPDX licence"],
      [{ ...manifest({ license: "MIT" }), LICENSE }, "address of its source"],
    ] as const
  ) {
    using found = packageWith(files);
    assertThrows(() => packageComponent(found), OperationError, `some 1.2.3 has no ${lacking}`);
  }
});

Deno.test("an upgraded package with compiled parts has to be looked into again", () => {
  const upgraded = { name: "zeromq", version: "99.0.0", folder: "" };
  assertThrows(() => compiledParts(upgraded), OperationError, "zeromq is 99.0.0 now");
});

Deno.test("crates() tells the crates that WebAssembly names, and refuses an unknown one", () => {
  const path = (crate: string) => `registry/src/index.crates.io-6f17d22bba15001f/${crate}/src/a.rs`;
  const found = crates(encoded(`\0${path("png-0.17.5")}\0${path("tiny-skia-path-0.10.0")}\0`));
  const versioned = found.filter(({ version }) => version !== undefined);
  assertEquals(
    versioned.map(({ name, version, licence }) => [name, version, licence]),
    [["png", "0.17.5", "MIT OR Apache-2.0"], ["tiny-skia-path", "0.10.0", "BSD-3-Clause"]],
  );
  assertThrows(
    () => crates(encoded(path("unheard-of-1.0.0"))),
    OperationError,
    "the crate unheard-of is in resvg",
  );
});
