/** Problems that are printed in words; the others are only counted. */
export const MAX_TEXTS = 20;

/** The problems: the first twenty in words, and the number of all. */
export class Problems {
  /** The number of all problems. */
  count = 0;
  /** The first problems, in words. */
  readonly texts: string[] = [];

  /** @param many how many problems of this kind there are */
  add(text: string, many = 1): void {
    this.count += many;
    if (this.texts.length < MAX_TEXTS) this.texts.push(text);
  }
}
