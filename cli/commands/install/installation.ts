import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { ConfigurationError, OperationError, reasonOf } from "../../../lib/errors.ts";
import { readWholeBytes, readWholeText } from "../../../lib/files/read_whole.ts";
import { syncFolder } from "../../../lib/files/sync_folder.ts";
import {
  listOf,
  objectOf,
  readShape,
  recordOf,
  ShapeError,
  text,
} from "../../../lib/text/shape.ts";
import { FolderGuard } from "./folder_guard.ts";
import { installablePaths, manifestPath, type PlannedFile } from "./plan.ts";

/** The largest executable that is installed. */
const MAX_EXECUTABLE_BYTES = 1024 ** 3;

/** The largest manifest: it has a line for each of less than 20 files. */
const MAX_MANIFEST_BYTES = 1024 ** 2;

/** What was done to a file, or would be done. */
export type FileAction = "written" | "replaced" | "unchanged" | "kept" | "removed" | "gone";

/** A file, and what was done to it. */
export interface FileReport {
  path: string;
  action: FileAction;
}

/** How an installation is changed. */
export interface ChangeOptions {
  /** Whether to replace or remove also files that ssdaq did not write, or that were changed. */
  force: boolean;
  /** Whether to change nothing, and only report. */
  dryRun: boolean;
}

/** What an installation wrote: the content of its manifest. */
interface Account {
  version: string;
  /** Hash of each written file, by path. */
  files: Record<string, string>;
  /** Folders that the installation made. */
  folders: string[];
}

const ACCOUNT = objectOf<Account>({
  version: text,
  files: recordOf(text),
  folders: listOf(text),
});

/**
 * The files below a root that `ssdaq install` writes and `ssdaq uninstall` removes.
 *
 * Often root runs it, and others may be able to write in its folders. So it follows no link in place
 * of a file, and no folder's link that {@linkcode FolderGuard} refuses, and it touches only
 * {@linkcode installablePaths}, whatever its manifest says.
 */
export class Installation {
  readonly #root: string;
  readonly #manifest: string;
  readonly #paths: readonly string[];
  readonly #guard: FolderGuard;

  /**
   * @param root folder to use as `/`
   * @param prefix folder with `bin` and `share`, below the root
   */
  constructor(root: string, prefix: string) {
    this.#root = root;
    this.#manifest = manifestPath(prefix);
    this.#paths = installablePaths(prefix);
    this.#guard = new FolderGuard(root);
  }

  /**
   * Writes files, and notes each in the manifest. The manifest comes first: a kill or a full disk
   * leaves no file that it does not know.
   *
   * @throws {ConfigurationError} for files that ssdaq did not write, or that were changed; then nothing
   * is changed
   * @throws {OperationError} for a file that cannot be written; the manifest has the files before it
   */
  install(
    version: string,
    plan: readonly PlannedFile[],
    { force, dryRun }: ChangeOptions,
  ): FileReport[] {
    const account = this.#read() ?? { version, files: {}, folders: [] };
    account.version = version;
    const steps = plan.map((file) => {
      const bytes = contentOf(file);
      return { file, bytes, action: this.#installAction(file, bytes, account, force) };
    });
    const foreign = steps.filter(({ action }) => action === undefined).map(({ file }) => file.path);
    if (foreign.length > 0) {
      throw new ConfigurationError(
        `install: ssdaq did not write these files, or they were changed: ${
          foreign.join(", ")
        }; copy ` +
          "what you need to another place, then give --force to replace them",
      );
    }
    const reports = steps.map(({ file: { path }, action = "replaced" }) => ({ path, action }));
    if (dryRun) return reports;
    try {
      for (const path of [this.#manifest, ...plan.map(({ path }) => path)]) {
        this.#makeFolder(dirname(path), account);
      }
      const ahead = steps.filter(({ action }) => action === "written")
        .map(({ file, bytes }) => [file.path, hashOf(bytes)] as const);
      this.#writeAccount({ ...account, files: { ...account.files, ...Object.fromEntries(ahead) } });
      for (const { file, bytes, action } of steps) {
        if (action === "kept") continue;
        if (action !== "unchanged") this.#write(file.path, bytes, file.mode);
        account.files[file.path] = hashOf(bytes);
      }
    } finally {
      // Without its folder nothing was written, and the error that is thrown says why.
      if (this.#exists(dirname(this.#manifest))) this.#writeAccount(account);
    }
    return reports;
  }

  /**
   * Removes each installed file that was not changed, what a killed installation left, and the
   * folders that were made for them.
   *
   * @returns undefined when nothing is installed
   * @throws {OperationError} for a file that cannot be removed, and for a manifest that names other
   * files than those of an installation; then nothing is changed
   */
  uninstall({ force, dryRun }: ChangeOptions): FileReport[] | undefined {
    const account = this.#read();
    const drafts = this.#paths.map(draftOf).filter((path) => this.#isRest(path))
      .map((path): FileReport => ({ path, action: "removed" }));
    if (account === undefined && drafts.length === 0) return undefined;
    const { files = {}, folders = [] } = account ?? {};
    const reports = Object.entries(files).map(([path, hash]): FileReport => {
      const kind = this.#kindOf(path);
      if (kind === undefined) return { path, action: "gone" };
      const isOurs = kind === "file" && hashOf(this.#bytesOf(path)) === hash;
      return { path, action: isOurs || force ? "removed" : "kept" };
    });
    reports.push(...drafts);
    if (dryRun) return reports;
    for (const { path, action } of reports) {
      if (action === "removed") this.#remove(path);
    }
    if (account !== undefined) this.#remove(this.#manifest);
    // The deepest folder first, and only empty ones.
    for (const folder of [...folders].sort((a, b) => b.length - a.length)) {
      if (this.#isEmpty(folder)) this.#remove(folder);
    }
    return reports;
  }

  /** Undefined for a file that stays as it is. */
  #installAction(
    { path, staysIfThere = false }: PlannedFile,
    bytes: Uint8Array,
    account: Account,
    force: boolean,
  ): FileAction | undefined {
    const kind = this.#kindOf(path);
    if (kind === undefined) return "written";
    if (staysIfThere) return "kept";
    if (kind !== "file") return force ? "replaced" : undefined;
    const hash = hashOf(this.#bytesOf(path));
    if (hash === hashOf(bytes)) return "unchanged";
    return account.files[path] === hash || force ? "replaced" : undefined;
  }

  /** Writes a file that is on the disk before it gets its name. */
  #write(path: string, bytes: Uint8Array, mode: number): void {
    this.#guard.check(dirname(path));
    const target = this.#root + path;
    const draft = draftOf(target);
    this.#changing(path, () => {
      // What a killed installation left. A link is removed, not followed.
      if (this.#isRest(draftOf(path))) Deno.removeSync(draft);
      try {
        {
          using file = Deno.openSync(draft, { write: true, createNew: true, mode });
          for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
          // The umask may have taken away what other users need to read and run it.
          if (((file.statSync().mode ?? mode) & 0o777) !== mode) Deno.chmodSync(draft, mode);
          file.syncSync();
        }
        Deno.renameSync(draft, target);
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) removeIfThere(draft);
        throw error;
      }
      syncFolder(dirname(target));
    });
  }

  #makeFolder(folder: string, account: Account): void {
    this.#guard.check(folder);
    if (this.#exists(folder)) return;
    if (folder === "/") {
      return this.#changing(this.#root, () => Deno.mkdirSync(this.#root, { recursive: true }));
    }
    this.#makeFolder(dirname(folder), account);
    this.#changing(folder, () => {
      Deno.mkdirSync(this.#root + folder);
      Deno.chmodSync(this.#root + folder, 0o755);
      syncFolder(dirname(this.#root + folder));
    });
    account.folders.push(folder);
  }

  #writeAccount(account: Account): void {
    const json = `${JSON.stringify(account, null, 2)}\n`;
    this.#write(this.#manifest, new TextEncoder().encode(json), 0o644);
  }

  #read(): Account | undefined {
    const kind = this.#kindOf(this.#manifest);
    if (kind === undefined) return undefined;
    let account: Account | undefined;
    try {
      if (kind === "file") {
        const text = this.#reading(
          this.#manifest,
          () => readWholeText(this.#root + this.#manifest, MAX_MANIFEST_BYTES),
        );
        account = readShape(JSON.parse(text), ACCOUNT);
      }
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof ShapeError)) throw error;
    }
    if (account === undefined) {
      throw new OperationError(
        `${this.#manifest} is damaged: remove it and the files that it names by hand, then install again`,
      );
    }
    this.#refuseForeign(account);
    return account;
  }

  #refuseForeign({ files, folders }: Account): void {
    const foreign =
      Object.keys(files).find((path) => !this.#paths.includes(path) || path === this.#manifest) ??
        folders.find((folder) => !this.#paths.some((path) => path.startsWith(`${folder}/`)));
    if (foreign === undefined) return;
    throw new OperationError(
      `${this.#manifest} names ${foreign}, which ssdaq install did not write: it is damaged or ` +
        "forged, and nothing was changed; remove it and the installed files by hand",
    );
  }

  #kindOf(path: string): "file" | "folder" | "other" | undefined {
    this.#guard.check(dirname(path));
    try {
      const { isFile, isDirectory } = Deno.lstatSync(this.#root + path);
      return isFile ? "file" : isDirectory ? "folder" : "other";
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new OperationError(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Whether a draft is there that a killed installation can have left. */
  #isRest(draft: string): boolean {
    const kind = this.#kindOf(draft);
    return kind === "file" || kind === "other";
  }

  #bytesOf(path: string): Uint8Array {
    return this.#reading(path, () => readWholeBytes(this.#root + path, MAX_EXECUTABLE_BYTES));
  }

  #reading<T>(path: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw new OperationError(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  #exists(folder: string): boolean {
    try {
      return Deno.statSync(`${this.#root}${folder}`).isDirectory;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw new OperationError(`${folder}: ${reasonOf(error)}`, { cause: error });
    }
  }

  #isEmpty(folder: string): boolean {
    return this.#exists(folder) && Deno.readDirSync(this.#root + folder).next().done === true;
  }

  #remove(path: string): void {
    this.#changing(path, () => Deno.removeSync(this.#root + path));
  }

  #changing(path: string, change: () => void): void {
    try {
      change();
    } catch (error) {
      const isDenied = error instanceof Deno.errors.PermissionDenied;
      throw new OperationError(
        `cannot change ${path}: ${reasonOf(error)}` +
          (isDenied ? "; use sudo, or give --prefix ~/.local" : ""),
        { cause: error },
      );
    }
  }
}

function contentOf({ content }: PlannedFile): Uint8Array {
  if (typeof content === "string") return new TextEncoder().encode(content);
  try {
    return readWholeBytes(content.copyOf, MAX_EXECUTABLE_BYTES);
  } catch (error) {
    throw new ConfigurationError(`install: cannot read ${content.copyOf}: ${reasonOf(error)}`);
  }
}

function draftOf(path: string): string {
  return `${path}.ssdaq-new`;
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
