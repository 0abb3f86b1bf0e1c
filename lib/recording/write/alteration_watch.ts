import { decodeSuperblock, SUPERBLOCK_BYTES, SuperblockFlag } from "../hdf5/superblock.ts";

/** Another program has changed the file. */
export class Altered extends Error {}

/**
 * Notices when another program cuts, overwrites, moves or removes a file that we write. A lock does
 * not stop such programs.
 */
export class AlterationWatch {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** Device and inode tell it from another file with the same name. */
  readonly #dev: number;
  readonly #ino: number | null;
  #bytes = 0;
  #lost: Altered | Deno.errors.NotFound | undefined;

  /**
   * @param path where the file must stay
   * @param file the same, open for reading
   */
  constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
    ({ dev: this.#dev, ino: this.#ino } = file.statSync());
  }

  /** Size of the file when it was noted last. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Why the contents of the file are no longer known; undefined as long as they are. */
  get lost(): Altered | Deno.errors.NotFound | undefined {
    return this.#lost;
  }

  /**
   * Notes the size after a write. A write never makes the file smaller.
   *
   * @throws {Altered} if it did
   */
  noteSize(): void {
    const { size } = this.#file.statSync();
    this.#checkSize(size);
    this.#bytes = size;
  }

  /** Notes the size when the file was closed, which returns space that HDF5 had reserved. */
  noteFinalSize(): void {
    this.#bytes = this.#file.statSync().size;
  }

  /**
   * Checks that the path still leads to this file, that nothing was cut off, and that it still
   * starts with the mark of a writer.
   *
   * @param isClosed the mark is gone, and is not checked
   * @throws {Altered} if the file was changed
   * @throws {Deno.errors.NotFound} if it is not there any more
   */
  check(isClosed = false): void {
    try {
      const { dev, ino, size } = Deno.statSync(this.#path);
      if (dev !== this.#dev || ino !== this.#ino) {
        throw new Deno.errors.NotFound("there is another file in its place");
      }
      // A reader in this process may have made HDF5 write its data, so the file may have grown.
      this.#checkSize(size);
      if (isClosed) return;
      const head = new Uint8Array(SUPERBLOCK_BYTES);
      this.#file.seekSync(0, Deno.SeekMode.Start);
      this.#file.readSync(head);
      if (!isOfWriter(head)) throw new Altered("its first block was changed");
    } catch (error) {
      if (error instanceof Altered || error instanceof Deno.errors.NotFound) this.#lost = error;
      throw error;
    }
  }

  /** Number of names that the file still has. A file that was moved keeps its rows. */
  linksLeft(): number {
    try {
      return this.#file.statSync().nlink ?? 1;
    } catch {
      return 1;
    }
  }

  #checkSize(size: number): void {
    if (size >= this.#bytes) return;
    this.#lost = new Altered(`it has ${size} bytes, but should have ${this.#bytes}`);
    throw this.#lost;
  }
}

/** Whether the first block of a file has the mark of a SWMR writer. */
export function isOfWriter(head: Uint8Array): boolean {
  try {
    const { flags, isSound } = decodeSuperblock(head);
    return isSound && flags === (SuperblockFlag.writing | SuperblockFlag.swmr);
  } catch {
    return false;
  }
}
