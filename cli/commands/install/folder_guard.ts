import { dirname } from "node:path";
import { OperationError, reasonOf } from "../../../lib/errors.ts";

/**
 * Refuses folders in which an installation would write or remove elsewhere than it says: behind a
 * link that another user made, or behind a link that leads out of the root.
 *
 * Links of root and of this user are followed, such as `/usr/local/bin` to `/opt/bin`. What another
 * user changes in his own folder after the check is not noticed: install as root into folders that
 * only root can write.
 */
export class FolderGuard {
  readonly #root: string;

  /** @param root folder to use as `/`; empty for `/` itself */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Checks a folder and those above it, as far as they exist.
   *
   * @param folder its path below the root
   * @throws {OperationError} naming the link
   */
  check(folder: string): void {
    if (folder === "/") return;
    this.check(dirname(folder));
    const path = this.#root + folder;
    try {
      const { isSymlink, uid } = Deno.lstatSync(path);
      if (!isSymlink) return;
      if (uid !== null && uid !== 0 && uid !== Deno.uid()) {
        throw new OperationError(
          `${folder} is a link that another user (${uid}) made, and is not followed: remove it, or ` +
            "give another --prefix",
        );
      }
      if (this.#root === "") return;
      const real = Deno.realPathSync(path);
      const realRoot = Deno.realPathSync(this.#root);
      if (real === realRoot || real.startsWith(`${realRoot}/`)) return;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      if (error instanceof OperationError) throw error;
      throw new OperationError(`${folder}: ${reasonOf(error)}`, { cause: error });
    }
    throw new OperationError(`${folder} is a link that leads out of ${this.#root}: remove it`);
  }
}
