/**
 * Failures that a user can do something about. Any other error is a defect.
 *
 * @module
 */

import type { Particulars } from "./notice.ts";

/** Optional parts of an ssdaq error, besides its message. */
export interface ErrorDetails extends Particulars {
  cause?: unknown;
}

/** An error that a program can read: it can have a code, and the values of its message. */
abstract class ReadableError extends Error implements Particulars {
  readonly code: string | undefined;
  readonly fields: Particulars["fields"];

  constructor(message: string, { code, fields, ...options }: ErrorDetails = {}) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }
}

/**
 * Wrong usage or configuration. A second try would fail too. Nothing was started. Commands exit
 * with 2.
 */
export class ConfigurationError extends ReadableError {
  override name = "ConfigurationError";
}

/** An invalid value: where it was written, what it is, and what to write instead. */
export class ValueError extends ConfigurationError {
  override name = "ValueError";
  /** What was written. */
  readonly written: string;
  /** What is wrong, and what to write instead. */
  readonly fix: string;

  /**
   * @param key where the value belongs, such as the name of an option
   * @param written the value as written
   * @param fix what is wrong and what to write instead
   */
  constructor(key: string, written: string, fix: string) {
    super(written === "" ? `${key}: ${fix}` : `${key} ${written}: ${fix}`);
    this.written = written;
    this.fix = fix;
  }
}

/** Something that was started cannot continue. Commands exit with 1. */
export class OperationError extends ReadableError {
  override name = "OperationError";
}

/**
 * Something is missing now, but the same configuration may work a minute later: an address that is
 * not up yet, a port in use, a folder that is missing or read-only. Nothing was started. Commands
 * exit with 1, so that a service manager tries again.
 */
export class UnavailableError extends OperationError {
  override name = "UnavailableError";
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The operating system's reason in a Deno error, without number, call and path. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  return messageOf(error).replace(/ \(os error \d+\).*$/s, "");
}
