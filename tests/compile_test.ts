import { copyPackage } from "../scripts/compile/packages.ts";
import { assertEquals } from "./assert.ts";

Deno.test("a package is copied without what its cache notes beside it, so that builds are alike", () => {
  const folder = Deno.makeTempDirSync({ prefix: "ssdaq_package" });
  try {
    Deno.mkdirSync(`${folder}/cached/lib`, { recursive: true });
    for (const name of ["package.json", "lib/index.js", ".scripts-warned-123", "lib/.npmignore"]) {
      Deno.writeTextFileSync(`${folder}/cached/${name}`, "");
    }
    const found = { name: "some", version: "1.2.3", folder: `${folder}/cached` };
    copyPackage(found, `${folder}/node_modules`, "linux/x64");
    const copied = (path: string) =>
      [...Deno.readDirSync(`${folder}/node_modules/some${path}`)].map(({ name }) => name).sort();
    assertEquals([copied(""), copied("/lib")], [["lib", "package.json"], ["index.js"]]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
