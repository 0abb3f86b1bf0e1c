/** The most memory that the parts of a program take, bytes, by the name of the part. */
export type MemoryParts = Readonly<Record<string, number>>;

/** How much memory a program may take, and takes. */
export interface MemoryStatus {
  /** The most that it takes in any state, bytes: the sum of its parts. */
  budgetBytes: number;
  /** The most that each part takes, bytes. */
  parts: MemoryParts;
  /** What is resident now, bytes. */
  residentBytes: number;
}

/** The sum of all parts, bytes. */
export function budgetBytesOf(parts: MemoryParts): number {
  return Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
}

/** The memory of this process. */
export function memoryStatusOf(parts: MemoryParts): MemoryStatus {
  return { budgetBytes: budgetBytesOf(parts), parts, residentBytes: Deno.memoryUsage().rss };
}
