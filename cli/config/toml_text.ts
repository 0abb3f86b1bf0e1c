import { itemAt } from "../../lib/item_at.ts";
import type { Option } from "../options/option.ts";

/** The text of an option, in the syntax of a TOML file. */
export function tomlText(option: Option<unknown>, texts: readonly string[]): string {
  if (option.placeholder === undefined) return String(texts.length > 0);
  const values = texts.map((text) => scalar(text));
  return option.many ? `[${values.join(", ")}]` : itemAt(values, values.length - 1);
}

/** A number needs no quotes. */
function scalar(text: string): string {
  const number = Number(text);
  const isNumber = /^\d+(\.\d+)?$/.test(text) && String(number) === text &&
    (Number.isSafeInteger(number) || !Number.isInteger(number));
  return isNumber ? text : JSON.stringify(text);
}
