/**
 * Makes `THIRD_PARTY.md`: all software of others in the executable, with its licences.
 *
 * `deno task third-party`
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { Terminal } from "../cli/terminal/terminal.ts";
import { messageOf } from "../lib/errors.ts";
import { thirdPartyPage } from "./third_party/page.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

const terminal = new Terminal();

async function main(): Promise<number> {
  try {
    Deno.writeTextFileSync(`${ROOT}/THIRD_PARTY.md`, await thirdPartyPage(ROOT));
    return 0;
  } catch (error) {
    terminal.error(messageOf(error));
    return 1;
  }
}

const code = await main();
await terminal.close();
Deno.exit(code);
