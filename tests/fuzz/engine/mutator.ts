import { nth } from "../../elements.ts";
import type { Dice } from "../dice.ts";

/** Values at the ends of what numbers hold. */
const EDGES = [0n, 1n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fffffffn, 0x80000000n]
  .concat([0xffffffffn, 1n << 53n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n]);

const SIZES = [1, 2, 4, 8];

/** Most changes made to an input at once. */
const MAX_CHANGES = 8;

/** Options of a {@linkcode Mutator}. */
export interface MutatorOptions {
  dice: Dice;
  maxBytes: number;
  /** Bytes to put into inputs. */
  words: readonly Uint8Array[];
}

/** Makes new inputs from others. */
export class Mutator {
  readonly #options: MutatorOptions;

  constructor(options: MutatorOptions) {
    this.#options = options;
  }

  /** An input with some changes; `others` are inputs to take parts from. */
  mutated(input: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const { dice, maxBytes } = this.#options;
    let bytes = input;
    for (let left = 1 + dice.below(dice.pick([1, 2, MAX_CHANGES])); left > 0; left--) {
      bytes = this.#changed(bytes, others);
    }
    return bytes.length > maxBytes ? bytes.slice(0, maxBytes) : bytes;
  }

  #changed(input: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const { dice, words } = this.#options;
    if (input.length === 0) return this.#inserted(input, this.#fresh(8));
    switch (dice.below(12)) {
      case 0: {
        const bytes = input.slice();
        const at = dice.below(bytes.length);
        bytes[at] = nth(bytes, at) ^ (1 << dice.below(8));
        return bytes;
      }
      case 1: {
        const bytes = input.slice();
        bytes[dice.below(bytes.length)] = dice.below(256);
        return bytes;
      }
      case 2:
      case 3:
        return this.#withNumber(input);
      case 4: {
        const [from, to] = this.#range(input);
        return joined(input.subarray(0, from), input.subarray(to));
      }
      case 5: {
        const [from, to] = this.#range(input);
        return this.#inserted(input, input.slice(from, to));
      }
      case 6: {
        const bytes = input.slice();
        const [from, to] = this.#range(input);
        const at = dice.below(bytes.length);
        bytes.set(input.subarray(from, Math.min(to, from + bytes.length - at)), at);
        return bytes;
      }
      case 7:
        return this.#inserted(input, this.#fresh(dice.pick([1, 4, 16, 200])));
      case 8:
        return words.length === 0 ? input : this.#inserted(input, dice.pick(words));
      case 9: {
        if (words.length === 0) return input;
        const word = dice.pick(words);
        const at = dice.below(input.length);
        return joined(input.subarray(0, at), word, input.subarray(at + word.length));
      }
      case 10: {
        if (others.length === 0) return input;
        const other = dice.pick(others);
        return joined(
          input.subarray(0, dice.below(input.length + 1)),
          other.subarray(dice.below(other.length + 1)),
        );
      }
      default: {
        const bytes = input.slice();
        const at = dice.below(bytes.length);
        bytes[at] = nth(bytes, at) + dice.pick([1, 255, 16, 240]);
        return bytes;
      }
    }
  }

  /** The input with a number in it changed: set to an edge, or a little more or less. */
  #withNumber(input: Uint8Array): Uint8Array {
    const { dice } = this.#options;
    const size = Math.min(dice.pick(SIZES), input.length);
    const at = dice.below(input.length - size + 1);
    const isLittle = dice.below(2) === 0;
    const bytes = input.slice();
    let number = 0n;
    for (let i = 0; i < size; i++) {
      number = number << 8n | BigInt(nth(bytes, isLittle ? at + size - 1 - i : at + i));
    }
    const change = BigInt(dice.below(35)) - 17n;
    number = dice.below(2) === 0 ? dice.pick(EDGES) : BigInt.asUintN(64, number + change);
    for (let i = 0; i < size; i++) {
      bytes[isLittle ? at + i : at + size - 1 - i] = Number(number & 0xffn);
      number >>= 8n;
    }
    return bytes;
  }

  /** A part of the input; short ones are more frequent. */
  #range(input: Uint8Array): [from: number, to: number] {
    const { dice } = this.#options;
    const most = Math.min(input.length, dice.pick([1, 4, 32, 256, input.length]));
    const length = 1 + dice.below(most);
    const from = dice.below(input.length - length + 1);
    return [from, from + length];
  }

  #inserted(input: Uint8Array, part: Uint8Array): Uint8Array {
    const at = this.#options.dice.below(input.length + 1);
    return joined(input.subarray(0, at), part, input.subarray(at));
  }

  #fresh(most: number): Uint8Array {
    const { dice } = this.#options;
    return dice.some(1 + dice.below(most));
  }
}

/** Parts one after the other, in new memory. */
function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
