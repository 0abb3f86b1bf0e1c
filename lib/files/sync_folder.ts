/** Synchronises a folder, so that names in it survive a power loss. */
export function syncFolder(path: string): void {
  // Windows cannot open folders; it keeps names safe by itself.
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path);
  folder.syncSync();
}
