/**
 * Whether this host has a program. Where `SSDAQ_REQUIRE_CLIENTS` is 1, each is held to be there, so that
 * its test fails rather than being skipped.
 */
export function hasProgram(name: string): boolean {
  if (Deno.env.get("SSDAQ_REQUIRE_CLIENTS") === "1") return true;
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.some((folder) => {
    try {
      return Deno.statSync(`${folder}/${name}`).isFile;
    } catch {
      return false;
    }
  });
}
