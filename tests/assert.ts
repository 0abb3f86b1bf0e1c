/** The assertions of deno std, typed. */
// @ts-types="./std_assert.d.ts"
export * from "@std/assert";
