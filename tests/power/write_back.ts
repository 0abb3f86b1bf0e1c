import type { DiskLog, DiskStep } from "./disk_log.ts";

/**
 * The same steps, with all files brought to the disk from time to time, as the kernel does without
 * a request.
 *
 * @param random says when: a random number, 0 or more and less than 1
 * @param everySteps how often on average
 */
export function withWriteBack(log: DiskLog, everySteps: number, random: () => number): DiskLog {
  const files = new Set<number>(log.start.contents.keys());
  const steps: DiskStep[] = [];
  for (const step of log.steps) {
    steps.push(step);
    if ("file" in step) files.add(step.file);
    if (random() * everySteps >= 1) continue;
    for (const file of files) steps.push({ kind: "sync", file });
    steps.push({ kind: "syncFolder" });
  }
  return { start: log.start, steps };
}
