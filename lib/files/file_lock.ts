/**
 * A writer's lock on its file, so that `repair` and a second writer do not touch it.
 *
 * The lock is advisory (flock). It is shared while rows are written: HDF5 readers such as h5py take
 * a shared lock too and can open and close the file. It is exclusive for a process that changes
 * existing content. It ends with the process, however the process ends. On a file system without
 * locks, nothing keeps two writers apart.
 *
 * @module
 */

/** Locks a file; false if another process holds a conflicting lock. */
export function tryLock(file: Deno.FsFile, kind: "exclusive" | "shared"): boolean {
  try {
    return file.tryLockSync(kind === "exclusive");
  } catch (error) {
    if (error instanceof Deno.errors.NotSupported) return true;
    throw error;
  }
}
