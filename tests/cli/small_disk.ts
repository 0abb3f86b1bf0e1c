import { inFolder } from "../lib/recording/fixtures.ts";

/** Whether file systems can be mounted here. */
export const CAN_MOUNT = await mounts();

/**
 * Runs a test in a file system of its own.
 *
 * @param size as mount takes it, such as `1m`
 */
export async function onSmallDisk(
  size: string,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    await run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder);
    try {
      await test(folder);
    } finally {
      await run("umount", folder);
    }
  });
}

/** Appends blanks to a file until its disk has no more room. */
export function fillDisk(path: string): void {
  using file = Deno.openSync(path, { create: true, append: true });
  try {
    for (;;) file.writeSync(new Uint8Array(1024).fill(32));
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
  }
}

async function mounts(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  try {
    await onSmallDisk("64k", async () => {});
    return true;
  } catch {
    return false;
  }
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
}
