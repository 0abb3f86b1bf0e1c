/** Problems told in words; the rest is counted. */
const MAX_TOLD = 20;

/** What is wrong: the first twenty in words, all in number. */
export class Problems {
  /** How many there are. */
  count = 0;
  /** The first of them. */
  readonly told: string[] = [];

  /** @param many how many problems this is, of one kind */
  add(text: string, many = 1): void {
    this.count += many;
    if (this.told.length < MAX_TOLD) this.told.push(text);
  }
}
