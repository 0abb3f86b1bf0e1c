/** The lines of a file that no test has run. */
export interface Uncovered {
  /** Its path, relative to the given folder. */
  file: string;
  /** Lines with code. */
  lines: number;
  /** How many of them were run. */
  hit: number;
  /** Lines that were not run, such as `12-15`; a range may contain lines without code. */
  ranges: string[];
}

/** Reads a report in lcov's format; the file with the most lines that were not run comes first. */
export function readUncovered(lcov: string, root: string): Uncovered[] {
  const files = lcov.split("end_of_record").flatMap((record) => {
    const path = /^SF:(.*)$/m.exec(record)?.[1];
    if (path === undefined) return [];
    const counts = [...record.matchAll(/^DA:(\d+),(\d+)/gm)]
      .map(([, line, count]) => [Number(line), Number(count)] as const)
      .sort(([a], [b]) => a - b);
    const hit = counts.filter(([, count]) => count > 0).length;
    const file = path.startsWith(root) ? path.slice(root.length) : path;
    return [{ file, lines: counts.length, hit, ranges: rangesOf(counts) }];
  });
  return files.sort((a, b) => b.lines - b.hit - (a.lines - a.hit));
}

/** The lines with a count of 0, joined to ranges that contain no line with another count. */
function rangesOf(counts: readonly (readonly [line: number, count: number])[]): string[] {
  const ranges: string[] = [];
  let first: number | undefined;
  let last = 0;
  const end = () => {
    if (first !== undefined) ranges.push(first === last ? `${first}` : `${first}-${last}`);
    first = undefined;
  };
  for (const [line, count] of counts) {
    if (count > 0) end();
    else {
      first ??= line;
      last = line;
    }
  }
  end();
  return ranges;
}
