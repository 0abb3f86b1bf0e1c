import { objectOf, oneOf, orNull, readShape, text } from "../../lib/text/shape.ts";
import { VERSION } from "../../lib/version.ts";

/** How the executable was made. The build writes this beside the program. */
export interface BuildInfo {
  /** `compiled`: by `deno compile`; `unpacked`: the file unpacks Deno and the program, and runs them. */
  form: "compiled" | "unpacked";
  /** Abbreviated commit, with `+` if files had been changed; null outside a repository. */
  commit: string | null;
}

const BUILD_INFO = objectOf<BuildInfo>({
  form: oneOf("compiled", "unpacked"),
  commit: orNull(text),
});

/** The build of this program; undefined when it runs from source. */
export function buildInfo(): BuildInfo | undefined {
  try {
    const json = Deno.readTextFileSync(new URL("../../build.json", import.meta.url));
    return readShape(JSON.parse(json), BUILD_INFO);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The version and its environment, such as `ssdaq 0.1.0 (commit 1a2b3c4, ...)`. */
export function versionText(): string {
  const info = buildInfo();
  const deno = `Deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`;
  const commit = info?.commit === null || info === undefined ? "" : `commit ${info.commit}, `;
  const form = {
    source: "from source, ",
    compiled: "one file, compiled with ",
    unpacked: "one file with its own ",
  }[info?.form ?? "source"];
  return `ssdaq ${VERSION} (${commit}${form}${deno})`;
}
