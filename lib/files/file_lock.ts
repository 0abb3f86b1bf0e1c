/**
 * A writer's hold on its file, so that `repair` and a second writer leave it alone.
 *
 * The lock is advisory (flock): shared while rows are written, for then HDF5 readers such as h5py,
 * which take a shared lock too, can come and go; exclusive for whoever changes what is there. It ends
 * with the process, however that ends. On a file system without locks there is none, and nothing
 * keeps two writers apart.
 *
 * @module
 */

/** Locks a file; false when another process holds a lock that does not go with it. */
export function tryLock(file: Deno.FsFile, kind: "exclusive" | "shared"): boolean {
  try {
    return file.tryLockSync(kind === "exclusive");
  } catch (error) {
    if (error instanceof Deno.errors.NotSupported) return true;
    throw error;
  }
}
