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

/** What is done to a file, or would be. */
export type FileAction = "written" | "replaced" | "unchanged" | "kept" | "removed" | "gone";

/** A file and what is done to it. */
export interface FileReport {
  path: string;
  action: FileAction;
}

/** How an installation is changed. */
export interface ChangeOptions {
  /** Whether files that others wrote or changed are replaced or removed too. */
  force: boolean;
  /** Whether nothing is changed, but only told. */
  dryRun: boolean;
}

/** What an installation wrote; the file that it keeps account in. */
interface Account {
  version: string;
  /** Hash of each file as it was written, by path. */
  files: Record<string, string>;
  /** Folders that it made. */
  folders: string[];
}

const ACCOUNT = objectOf<Account>({
  version: text,
  files: recordOf(text),
  folders: listOf(text),
});

/** The files that `ssdaq install` wrote below a root, and that `ssdaq uninstall` takes away. */
export class Installation {
  readonly #root: string;
  readonly #manifest: string;

  /**
   * @param root folder that stands for `/`
   * @param manifest where the account is kept, below it
   */
  constructor(root: string, manifest: string) {
    this.#root = root;
    this.#manifest = manifest;
  }

  /**
   * Writes files, each at once, and keeps account of them.
   *
   * @throws {ConfigurationError} before anything is done, for files that others wrote or changed
   * @throws {OperationError} for a file that cannot be written; the account has those before it
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
        `install: not written by ssdaq, or changed since: ${foreign.join(", ")}; move what you ` +
          "need of it elsewhere, or give --force to replace it",
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
   * Removes what was installed and is as it was written, and the folders that were made for it.
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
    // The deepest first, and only those in which nothing else is.
    const folders = [...account.folders].sort((a, b) => b.length - a.length);
    for (const folder of folders) {
      if (this.#isEmpty(folder)) this.#remove(folder);
    }
    return reports;
  }

  /** Undefined for a file that is not to be touched. */
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
      // Whatever the umask says: others are to run and read it.
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
    // Found first, so that the folder of the account itself is in it.
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
      `${this.#manifest} is damaged: remove it, and what it names, by hand, then install again`,
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
          (isDenied ? "; call it with sudo, or give --prefix ~/.local" : ""),
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
