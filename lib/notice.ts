/** Importance of a notice, least first. */
export const NOTICE_LEVELS = ["debug", "info", "warning", "error"] as const;

/** Importance of a notice: `warning` if data may be lost, `error` if something failed. */
export type NoticeLevel = typeof NOTICE_LEVELS[number];

/** The parts of a notice or an error that a program can read. */
export interface Particulars {
  /** The topic, such as `acquisition.window`. It does not change when the text does. */
  code?: string | undefined;
  /** The values in the text. Their names contain the units. */
  fields?: Readonly<Record<string, unknown>> | undefined;
}

/** A message of a stage. */
export interface Notice extends Particulars {
  level: NoticeLevel;
  /** The stage, such as `publisher`. */
  stage: string;
  /** One line, in the stage's own terms. */
  text: string;
  /** How many such notices there were since the last one logged; undefined if all are logged. */
  repeats?: number | undefined;
}

/** Where notices go. */
export type Log = (notice: Notice) => void;

/** A notice as a line. @param advice text to add after it, such as what to do */
export function noticeLine({ text, repeats }: Notice, advice = ""): string {
  return text + advice +
    (repeats === undefined ? "" : ` (${repeats} times since the last such line)`);
}

/** Logs the notices of one stage. */
export class StageLog {
  readonly #stage: string;
  readonly #log: Log | undefined;

  /** @param log receives all notices; undefined for no log */
  constructor(stage: string, log: Log | undefined) {
    this.#stage = stage;
    this.#log = log;
  }

  /** Details for finding a fault. */
  debug(text: string, particulars?: Particulars): void {
    this.tell({ level: "debug", text, ...particulars });
  }

  /** Normal events. */
  info(text: string, particulars?: Particulars): void {
    this.tell({ level: "info", text, ...particulars });
  }

  /** Something that may lose data, or is not as it should be. */
  warning(text: string, particulars?: Particulars): void {
    this.tell({ level: "warning", text, ...particulars });
  }

  /** A failure. */
  error(text: string, particulars?: Particulars): void {
    this.tell({ level: "error", text, ...particulars });
  }

  tell(notice: Omit<Notice, "stage">): void {
    this.#log?.({ stage: this.#stage, ...notice });
  }
}

/**
 * Returns the text that a program adds to an error or notice, by its code: how the program's user
 * can fix it. It starts with what joins it to the sentence. It is empty if there is nothing to add.
 */
export type Advise = (told: Particulars) => string;
