import { z } from "zod";
import { itemAt } from "../../lib/item_at.ts";
import { formOf, type JsonForm, readValue, type Value, wordsOf } from "./value.ts";

/** One option of a command: its syntax, its value and its help. */
export interface Option<T> {
  /** Its purpose, for `--help`; the default is added. */
  help: string;
  /** The name of its value in `--help`; a flag has none. */
  placeholder?: string;
  /** One letter, for `-x`. */
  short?: string;
  /** Whether it may be given several times. */
  many?: boolean;
  /** Whether its value is `KEY=VALUE`; in a file it may then be a table. */
  pairs?: boolean;
  /** Its default as a user would write it. */
  defaultText?: string;
  /** The command that has this key in the configuration, where it is another one. */
  of?: string;
  /** Its possible values in words, with unit and range; a flag has none. */
  takes?: string;
  /** Schema of its value in a file. */
  schema: z.ZodType;
  /** JSON Schema of one value; a flag has none. */
  form?: JsonForm;
  /** Reads its value; `texts` is empty when it was not given. */
  read(key: string, texts: readonly string[]): T;
}

/** The options of a command, by their names in camel case. */
export type Options = Record<string, Option<unknown>>;

/**
 * The option with this name.
 *
 * @throws {Error} when there is none, which is a defect
 */
export function optionOf(options: Options, name: string): Option<unknown> {
  const option = options[name];
  if (option === undefined) throw new Error(`there is no option ${name}`);
  return option;
}

/** The values of options. */
export type Values<O extends Options> = {
  [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

interface Description {
  help: string;
  short?: string;
  placeholder?: string;
}

/** Description of an option that may be given several times. */
interface ManyDescription extends Description {
  pairs?: boolean;
}

/** An option with a value, undefined when it is not given. */
export function optional<T>(type: Value<T>, about: Description): Option<T | undefined> {
  return {
    ...about,
    placeholder: about.placeholder ?? "VALUE",
    form: formOf(type),
    takes: wordsOf(type),
    schema: type.optional(),
    read: (key, texts) => texts.length === 0 ? undefined : readValue(type, key, last(texts)),
  };
}

/** An option with a value and a default, which is text as a user writes it. */
export function withDefault<T>(
  type: Value<T>,
  defaultText: string,
  about: Description,
): Option<T> {
  return {
    ...about,
    placeholder: about.placeholder ?? "VALUE",
    defaultText,
    form: formOf(type),
    takes: wordsOf(type),
    schema: type.prefault(defaultText),
    read: (key, texts) => readValue(type, key, texts.length === 0 ? defaultText : last(texts)),
  };
}

/** An option that may be given several times, with one default. */
export function several<T>(
  type: Value<T>,
  defaultText: string,
  about: ManyDescription,
): Option<T[]> {
  return {
    ...about,
    placeholder: about.placeholder ?? "VALUE",
    many: true,
    defaultText,
    form: formOf(type),
    takes: wordsOf(type),
    schema: oneOrMany(type, z.array(type).min(1), about).prefault(defaultText),
    read: (key, texts) =>
      (texts.length === 0 ? [defaultText] : texts).map((text) => readValue(type, key, text)),
  };
}

/** An option that may be given any number of times. */
export function list<T>(type: Value<T>, about: ManyDescription): Option<T[]> {
  return {
    ...about,
    placeholder: about.placeholder ?? "VALUE",
    many: true,
    form: formOf(type),
    takes: wordsOf(type),
    schema: oneOrMany(type, z.array(type), about).optional(),
    read: (key, texts) => texts.map((text) => readValue(type, key, text)),
  };
}

/** The options of a command for another command that needs them; its settings are used. */
export function optionsOf<O extends Options>(command: string, options: O): O {
  const entries = Object.entries(options).map((
    [name, option],
  ) => [name, { ...option, of: command }]);
  return Object.fromEntries(entries) as O;
}

/** An option without a value: on or off. */
export function flag(about: Description): Option<boolean> {
  return { ...about, schema: z.boolean().prefault(false), read: (_key, texts) => texts.length > 0 };
}

function last(texts: readonly string[]): string {
  return itemAt(texts, texts.length - 1);
}

function oneOrMany<T>(type: Value<T>, many: z.ZodType, { pairs = false }: ManyDescription) {
  const forms = [type, many] as const;
  return pairs ? z.union([...forms, tableOf(type)]) : z.union(forms);
}

/** A table whose entries are the values `KEY=VALUE`. */
function tableOf<T>(type: Value<T>) {
  return z.record(z.string(), z.union([z.string(), z.number()])).superRefine((table, context) => {
    for (const [key, written] of Object.entries(table)) {
      for (const { message } of type.safeParse(`${key}=${written}`).error?.issues ?? []) {
        context.addIssue({ code: "custom", message, path: [key] });
      }
    }
  });
}
