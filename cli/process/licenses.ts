/** The licence of ssdaq, and what it has of others with their licences: the text of `--licenses`. */
export function licensesText(): string {
  return ["LICENSE", "THIRD_PARTY.md"]
    .map((name) => Deno.readTextFileSync(new URL(`../../${name}`, import.meta.url)).trimEnd())
    .join("\n\n");
}
