/** The functions of Deno's std fs that scripts and tests use, with types. */
// @ts-types="./std_fs.d.ts"
export { ensureDirSync } from "@std/fs/ensure-dir";
// @ts-types="./std_fs.d.ts"
export { walkSync } from "@std/fs/walk";
