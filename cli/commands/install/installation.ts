import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { ConfigurationError, OperationError, reasonOf } from "../../../lib/errors.ts";
import {
  listOf,
  objectOf,
  readShape,
  recordOf,
  ShapeError,
  text,
} from "../../../lib/text/shape.ts";
import type { PlannedFile } from "./plan.ts";

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

/** The files below a root that `ssdaq install` writes and `ssdaq uninstall` removes. */
export class Installation {
  readonly #root: string;
  readonly #manifest: string;

  /**
   * @param root folder to use as `/`
   * @param manifest path of the manifest, below the root
   */
  constructor(root: string, manifest: string) {
    this.#root = root;
    this.#manifest = manifest;
  }

  /**
   * Writes files, and notes each in the manifest.
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
      for (const { file, bytes, action } of steps) {
        if (action === "kept") continue;
        if (action !== "unchanged") this.#write(file.path, bytes, file.mode, account);
        account.files[file.path] = hashOf(bytes);
      }
    } finally {
      this.#writeAccount(account);
    }
    return reports;
  }

  /**
   * Removes each installed file that was not changed, and the folders that were made for them.
   *
   * @returns undefined when nothing is installed
   * @throws {OperationError} for a file that cannot be removed
   */
  uninstall({ force, dryRun }: ChangeOptions): FileReport[] | undefined {
    const account = this.#read();
    if (account === undefined) return undefined;
    const reports = Object.entries(account.files).map(([path, hash]): FileReport => {
      const bytes = this.#bytesOf(path);
      if (bytes === undefined) return { path, action: "gone" };
      return { path, action: hashOf(bytes) === hash || force ? "removed" : "kept" };
    });
    if (dryRun) return reports;
    for (const { path, action } of reports) {
      if (action === "removed") this.#remove(path);
    }
    this.#remove(this.#manifest);
    // The deepest folder first, and only empty ones.
    const folders = [...account.folders].sort((a, b) => b.length - a.length);
    for (const folder of folders) {
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
    const present = this.#bytesOf(path);
    if (present === undefined) return "written";
    if (staysIfThere) return "kept";
    const hash = hashOf(present);
    if (hash === hashOf(bytes)) return "unchanged";
    return account.files[path] === hash || force ? "replaced" : undefined;
  }

  #write(path: string, bytes: Uint8Array, mode: number, account: Account): void {
    this.#makeFolder(dirname(path), account);
    const target = this.#root + path;
    const draft = `${target}.ssdaq-new`;
    this.#changing(path, () => {
      Deno.writeFileSync(draft, bytes);
      // Independent of the umask: other users must read and run it.
      Deno.chmodSync(draft, mode);
      Deno.renameSync(draft, target);
    });
  }

  #makeFolder(folder: string, account: Account): void {
    if (this.#exists(folder)) return;
    if (folder === "/") {
      return this.#changing(this.#root, () => Deno.mkdirSync(this.#root, { recursive: true }));
    }
    this.#makeFolder(dirname(folder), account);
    this.#changing(folder, () => {
      Deno.mkdirSync(this.#root + folder);
      Deno.chmodSync(this.#root + folder, 0o755);
    });
    account.folders.push(folder);
  }

  #writeAccount(account: Account): void {
    // Before the manifest is written, so that its own folder is in it.
    this.#makeFolder(dirname(this.#manifest), account);
    const json = `${JSON.stringify(account, null, 2)}\n`;
    this.#write(this.#manifest, new TextEncoder().encode(json), 0o644, account);
  }

  #read(): Account | undefined {
    const bytes = this.#bytesOf(this.#manifest);
    if (bytes === undefined) return undefined;
    try {
      return readShape(JSON.parse(new TextDecoder().decode(bytes)), ACCOUNT);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof ShapeError)) throw error;
    }
    throw new OperationError(
      `${this.#manifest} is damaged: remove it and the files that it names by hand, then install again`,
    );
  }

  #bytesOf(path: string): Uint8Array | undefined {
    try {
      return Deno.readFileSync(this.#root + path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
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
    return Deno.readFileSync(content.copyOf);
  } catch (error) {
    throw new ConfigurationError(`install: cannot read ${content.copyOf}: ${reasonOf(error)}`);
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
