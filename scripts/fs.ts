/** What the scripts and the tests use of deno std's fs, typed. */
// @ts-types="./std_fs.d.ts"
export { ensureDirSync } from "@std/fs/ensure-dir";
// @ts-types="./std_fs.d.ts"
export { walkSync } from "@std/fs/walk";
