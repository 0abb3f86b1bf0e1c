/**
 * Watches everything that this process does to the files of one folder.
 *
 * @module
 */

import nodeFs from "node:fs";
import { basename, dirname } from "node:path";
import { replaced } from "../replaced.ts";
import type { DiskLog, DiskStep } from "./disk_log.ts";

/**
 * Notes each step, from its creation until it is disposed of. It stands in the place of the calls
 * of Deno and Node that the recorder and HDF5 make; the calls are still made, except that nothing
 * waits for the disk.
 */
export class DiskRecorder implements Disposable {
  readonly log: DiskLog;
  readonly #folder: string;
  readonly #steps: DiskStep[] = [];
  /** Our numbers by inode. An inode is used again after its file was removed. */
  readonly #fileOf = new Map<number, number>();
  #files = 0;
  readonly #replaced = new DisposableStack();

  constructor(folder: string) {
    this.#folder = folder;
    const contents = new Map<number, Uint8Array>();
    const names = new Map<string, number>();
    for (const { name } of Deno.readDirSync(folder)) {
      const file = this.#numberOf(Deno.statSync(`${folder}/${name}`).ino);
      contents.set(file, Deno.readFileSync(`${folder}/${name}`));
      names.set(name, file);
    }
    this.log = { start: { contents, names }, steps: this.#steps };
    this.#watchDeno();
    this.#watchFsFile();
    this.#watchNode();
  }

  [Symbol.dispose](): void {
    this.#replaced.dispose();
  }

  /** Notes that the recorder counts an event as synced. */
  counted(number: number): void {
    this.#steps.push({ kind: "counted", number });
  }

  #numberOf(ino: number | null): number {
    if (ino === null) throw new Error("this system has no inodes");
    const known = this.#fileOf.get(ino) ?? this.#files++;
    this.#fileOf.set(ino, known);
    return known;
  }

  #isOurs(path: string | URL): path is string {
    return typeof path === "string" && dirname(path) === this.#folder;
  }

  #replace<T extends object, Name extends keyof T>(object: T, name: Name, method: T[Name]): void {
    this.#replaced.use(replaced(object, name, method));
  }

  #name(names: [path: string, file: number | undefined][]): void {
    this.#steps.push({
      kind: "names",
      names: new Map(names.map(([path, file]) => [basename(path), file])),
    });
  }

  #wrote(file: number, at: number, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#steps.push({ kind: "write", file, at, bytes: bytes.slice() });
  }

  #watchDeno(): void {
    const { openSync, writeFileSync, linkSync, renameSync, removeSync } = Deno;
    const numberAt = (path: string) => this.#numberOf(Deno.statSync(path).ino);
    this.#replace(Deno, "openSync", (path, options) => {
      const isNew = this.#isOurs(path) && !exists(path);
      const file = openSync(path, options);
      if (!this.#isOurs(path)) return file;
      if (isNew) this.#name([[path, numberAt(path)]]);
      if (options?.truncate) {
        this.#steps.push({ kind: "cut", file: numberAt(path), length: 0 });
      }
      return file;
    });
    this.#replace(Deno, "writeFileSync", (path, bytes, options) => {
      const isNew = this.#isOurs(path) && !exists(path);
      writeFileSync(path, bytes, options);
      if (!this.#isOurs(path)) return;
      if (isNew) this.#name([[path, numberAt(path)]]);
      else this.#steps.push({ kind: "cut", file: numberAt(path), length: 0 });
      if (bytes instanceof Uint8Array) this.#wrote(numberAt(path), 0, bytes);
    });
    this.#replace(Deno, "linkSync", (from, to) => {
      linkSync(from, to);
      if (this.#isOurs(to)) this.#name([[to, numberAt(to)]]);
    });
    this.#replace(Deno, "renameSync", (from, to) => {
      const replacedFile = this.#isOurs(String(to)) && exists(String(to))
        ? Deno.statSync(to)
        : undefined;
      renameSync(from, to);
      if (replacedFile?.nlink === 1) this.#fileOf.delete(replacedFile.ino ?? -1);
      if (!this.#isOurs(String(to))) return;
      this.#name([[String(from), undefined], [String(to), numberAt(String(to))]]);
    });
    this.#replace(Deno, "removeSync", (path, options) => {
      const isOurs = this.#isOurs(path);
      const { ino, nlink } = isOurs ? Deno.statSync(path) : { ino: null, nlink: 0 };
      removeSync(path, options);
      if (!isOurs) return;
      this.#name([[path, undefined]]);
      if (nlink === 1 && ino !== null) this.#fileOf.delete(ino);
    });
  }

  #watchFsFile(): void {
    const prototype = Deno.FsFile.prototype;
    const { writeSync, truncateSync } = prototype;
    const numberOf = (file: Deno.FsFile) => {
      const { isFile, ino } = file.statSync();
      return isFile ? this.#fileOf.get(ino ?? -1) : undefined;
    };
    const steps = this.#steps;
    const wrote = (file: number, at: number, bytes: Uint8Array) => this.#wrote(file, at, bytes);
    this.#replace(prototype, "writeSync", function (this: Deno.FsFile, bytes) {
      const file = numberOf(this);
      const at = file === undefined ? 0 : this.seekSync(0, Deno.SeekMode.Current);
      const written = writeSync.call(this, bytes);
      if (file !== undefined) wrote(file, at, bytes.subarray(0, written));
      return written;
    });
    this.#replace(prototype, "truncateSync", function (this: Deno.FsFile, length = 0) {
      truncateSync.call(this, length);
      const file = numberOf(this);
      if (file !== undefined) steps.push({ kind: "cut", file, length });
    });
    for (const name of ["syncSync", "syncDataSync"] as const) {
      this.#replace(prototype, name, function (this: Deno.FsFile) {
        if (this.statSync().isDirectory) return void steps.push({ kind: "syncFolder" });
        const file = numberOf(this);
        if (file !== undefined) steps.push({ kind: "sync", file });
      });
    }
  }

  /** HDF5 writes by Node's functions. */
  #watchNode(): void {
    const { writeSync, ftruncateSync } = nodeFs;
    const numberOf = (fd: number) => this.#fileOf.get(nodeFs.fstatSync(fd).ino);
    const watchedWrite = (
      fd: number,
      buffer: NodeJS.ArrayBufferView,
      offset: number,
      length: number,
      position: number,
    ) => {
      const written = writeSync(fd, buffer, offset, length, position);
      const file = numberOf(fd);
      if (file === undefined) return written;
      this.#wrote(
        file,
        position,
        new Uint8Array(buffer.buffer, buffer.byteOffset + offset, written),
      );
      return written;
    };
    this.#replace(nodeFs, "writeSync", watchedWrite as typeof writeSync);
    this.#replace(nodeFs, "ftruncateSync", (fd, length) => {
      ftruncateSync(fd, length);
      const file = numberOf(fd);
      if (file !== undefined) this.#steps.push({ kind: "cut", file, length: length ?? 0 });
    });
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
