/** The text of `--licenses`: the licence of ssdaq, and the licences of software that it contains. */
export function licensesText(): string {
  return ["LICENSE", "THIRD_PARTY.md"]
    .map((name) => Deno.readTextFileSync(new URL(`../../${name}`, import.meta.url)).trimEnd())
    .join("\n\n");
}
