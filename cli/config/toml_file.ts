import { type AST, getStaticTOMLValue, ParseError, parseTOML } from "toml-eslint-parser";
import { ConfigurationError, reasonOf } from "../../lib/errors.ts";
import { readWholeText } from "../../lib/files/read_whole.ts";

/** The longest configuration that is read. */
const MAX_BYTES = 1024 ** 2;

/** A place in a file: names of tables and keys, and indices in lists, from the outermost on. */
export type Path = readonly PropertyKey[];

/** A TOML file: its values, and their places in the text. */
export class TomlFile {
  /** Its path, for errors. */
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly #places = new Map<string, AST.Position>();

  /**
   * @param path path of the file, for errors
   * @param text its content
   * @throws {ConfigurationError} with line and column, when it is not valid TOML
   */
  constructor(path: string, text: string) {
    this.path = path;
    try {
      const program = parseTOML(text, { tomlVersion: "1.0" });
      const [top] = program.body;
      this.#noteEntries([], top.body);
      this.values = getStaticTOMLValue(program);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const place = `${path}:${error.lineNumber}:${error.column + 1}`;
      throw new ConfigurationError(`${place}: not valid TOML: ${error.message}`);
    }
  }

  /**
   * Reads a file.
   *
   * @throws {ConfigurationError} when it cannot be read, is longer than 1 MiB, or is not valid TOML
   */
  static read(path: string): TomlFile {
    let text: string;
    try {
      text = readWholeText(path, MAX_BYTES);
    } catch (error) {
      throw new ConfigurationError(`configuration ${path}: ${reasonOf(error)}`);
    }
    return new TomlFile(path, text);
  }

  /** The place of a value, or of the nearest one that contains it: `FILE:LINE:COLUMN`, from 1. */
  placeOf(path: Path): string {
    for (let length = path.length; length > 0; length--) {
      const position = this.#places.get(keyOf(path.slice(0, length)));
      if (position !== undefined) return this.#textOf(position);
    }
    return this.path;
  }

  /** The place of a key or of the name of a table. */
  placeOfKey(path: Path): string {
    const position = this.#places.get(`key ${keyOf(path)}`);
    return position === undefined ? this.placeOf(path) : this.#textOf(position);
  }

  #textOf({ line, column }: AST.Position): string {
    return `${this.path}:${line}:${column + 1}`;
  }

  #noteEntries(above: Path, entries: readonly (AST.TOMLKeyValue | AST.TOMLTable)[]): void {
    for (const entry of entries) {
      if (entry.type === "TOMLTable") {
        this.#note(entry.resolvedKey, entry.key, entry);
        this.#noteEntries(entry.resolvedKey, entry.body);
      } else {
        const path = [...above, ...entry.key.keys.map(nameOf)];
        this.#note(path, entry.key, entry.value);
        this.#noteValue(path, entry.value);
      }
    }
  }

  #noteValue(path: Path, value: AST.TOMLContentNode): void {
    if (value.type === "TOMLInlineTable") this.#noteEntries(path, value.body);
    if (value.type !== "TOMLArray") return;
    value.elements.forEach((element, index) => {
      this.#note([...path, index], element, element);
      this.#noteValue([...path, index], element);
    });
  }

  /** Also notes its parents without a place of their own, such as `a` in `[a.b]`. */
  #note(path: Path, key: AST.TOMLNode, value: AST.TOMLNode): void {
    for (let length = path.length - 1; length > 0; length--) {
      const above = keyOf(path.slice(0, length));
      if (!this.#places.has(above)) this.#places.set(above, key.loc.start);
      if (!this.#places.has(`key ${above}`)) this.#places.set(`key ${above}`, key.loc.start);
    }
    this.#places.set(keyOf(path), value.loc.start);
    this.#places.set(`key ${keyOf(path)}`, key.loc.start);
  }
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function keyOf(path: Path): string {
  return JSON.stringify(path.map(String));
}
