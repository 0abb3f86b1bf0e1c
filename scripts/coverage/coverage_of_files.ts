/** What tests have run of a file. */
export interface FileCoverage {
  /** Its path, relative to the given folder. */
  file: string;
  /** Lines with code. */
  lines: number;
  /** How many of them were run. */
  hitLines: number;
  /** Lines that were not run, such as `12-15`; a range may contain lines without code. */
  ranges: string[];
  /** Branches, as V8 counts them: each block that need not run. */
  branches: number;
  hitBranches: number;
  /** Lines with branches that were not taken; one for each branch. */
  missedAt: number[];
}

/** Reads a report in lcov's format; the file with the most lines that were not run comes first. */
export function readCoverage(lcov: string, root: string): FileCoverage[] {
  const files = lcov.split("end_of_record").flatMap((record) => {
    const path = /^SF:(.*)$/m.exec(record)?.[1];
    if (path === undefined) return [];
    const counts = [...record.matchAll(/^DA:(\d+),(\d+)/gm)]
      .map(([, line, count]) => [Number(line), Number(count)] as const)
      .sort(([a], [b]) => a - b);
    const branches = [...record.matchAll(/^BRDA:(\d+),\d+,\d+,(\d+|-)/gm)]
      .map(([, line, count]) => ({ line: Number(line), isHit: Number(count) > 0 }));
    const missedAt = branches.filter(({ isHit }) => !isHit).map(({ line }) => line);
    return [{
      file: path.startsWith(root) ? path.slice(root.length) : path,
      lines: counts.length,
      hitLines: counts.filter(([, count]) => count > 0).length,
      ranges: rangesOf(counts),
      branches: branches.length,
      hitBranches: branches.length - missedAt.length,
      missedAt,
    }];
  });
  return files.sort((a, b) => b.lines - b.hitLines - (a.lines - a.hitLines));
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
