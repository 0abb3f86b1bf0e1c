/** How much a notice matters, the least first. */
export const NOTICE_LEVELS = ["debug", "info", "warning", "error"] as const;

/** How much a notice matters: `warning` is for what may cost data, `error` for what has failed. */
export type NoticeLevel = typeof NOTICE_LEVELS[number];

/** What a program can read of a notice or an error, beside its words. */
export interface Particulars {
  /** What it is about, such as `acquisition.window`; does not change when the words do. */
  code?: string | undefined;
  /** The values in its words, with their units in their names. */
  fields?: Readonly<Record<string, unknown>> | undefined;
}

/** Something that a stage has to say. */
export interface Notice extends Particulars {
  level: NoticeLevel;
  /** Who says it, such as `publisher`. */
  stage: string;
  /** One line, in the stage's own terms. */
  text: string;
  /** How many such there were since the last one that was told; undefined where each is told. */
  repeats?: number | undefined;
}

/** Where notices go. */
export type Log = (notice: Notice) => void;

/** A notice as a line. @param advice what follows its text, such as how to mend it */
export function noticeLine({ text, repeats }: Notice, advice = ""): string {
  return text + advice + (repeats === undefined ? "" : ` (${repeats} such since the last line)`);
}

/** The voice of one stage. */
export class StageLog {
  readonly #stage: string;
  readonly #log: Log | undefined;

  /** @param log told all of it; nobody is when undefined */
  constructor(stage: string, log: Log | undefined) {
    this.#stage = stage;
    this.#log = log;
  }

  /** Details for whoever looks for a fault. */
  debug(text: string, particulars?: Particulars): void {
    this.tell({ level: "debug", text, ...particulars });
  }

  /** What goes as it should. */
  info(text: string, particulars?: Particulars): void {
    this.tell({ level: "info", text, ...particulars });
  }

  /** What may cost data, or is not as it should be. */
  warning(text: string, particulars?: Particulars): void {
    this.tell({ level: "warning", text, ...particulars });
  }

  /** What has failed. */
  error(text: string, particulars?: Particulars): void {
    this.tell({ level: "error", text, ...particulars });
  }

  tell(notice: Omit<Notice, "stage">): void {
    this.#log?.({ stage: this.#stage, ...notice });
  }
}

/**
 * What a program adds to the words of an error or a notice, by its code: how its own user can mend
 * it. Begins with what joins it to the sentence; empty where there is nothing to add.
 */
export type Advise = (told: Particulars) => string;
