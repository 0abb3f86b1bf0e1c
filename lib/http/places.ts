/** Who asks whether a program is alive must not wait behind anything; there are few of them. */
export const HEALTH_PLACES = 8;

/** For status: watchers, and recorders before they ask for events. */
export const STATUS_PLACES = 16;

/** A bounded number of places: who finds none does not wait for one. */
export class Places {
  /** How many can be taken at once. */
  readonly most: number;
  #taken = 0;

  /** @param most how many can be taken at once */
  constructor(most: number) {
    this.most = most;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes one; false when there is none. */
  take(): boolean {
    if (this.#taken >= this.most) return false;
    this.#taken++;
    return true;
  }

  /** Gives one back that was taken. */
  giveBack(): void {
    this.#taken--;
  }
}
