/**
 * The failures a user can do something about. Anything else that is thrown is a defect.
 *
 * @module
 */

import type { Particulars } from "./notice.ts";

/** What an error of ssdaq may have beside its message. */
export interface ErrorDetails extends Particulars {
  cause?: unknown;
}

/** An error that a program can read: it may have a code, and the values in its words. */
abstract class ReadableError extends Error implements Particulars {
  readonly code: string | undefined;
  readonly fields: Particulars["fields"];

  constructor(message: string, { code, fields, ...options }: ErrorDetails = {}) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }
}

/** Wrong usage or configuration, which stays wrong: nothing was started. Commands exit with 2. */
export class ConfigurationError extends ReadableError {
  override name = "ConfigurationError";
}

/** A value that is none: where it was written, what it is, and what to write instead. */
export class ValueError extends ConfigurationError {
  override name = "ValueError";
  /** What was written. */
  readonly written: string;
  /** What is wrong with it, and what to give. */
  readonly fix: string;

  /**
   * @param key what it was written for, such as the name of an option
   * @param written what was written
   * @param fix what is wrong with it and what to give
   */
  constructor(key: string, written: string, fix: string) {
    super(written === "" ? `${key}: ${fix}` : `${key} ${written}: ${fix}`);
    this.written = written;
    this.fix = fix;
  }
}

/** What was started cannot go on. Commands exit with 1. */
export class OperationError extends ReadableError {
  override name = "OperationError";
}

/**
 * What is needed is not there now, but may be a minute later with the same configuration: an address
 * that is not up yet, a port that another has, a folder that is missing or read-only. Nothing was
 * started. Commands exit with 1, so that who started them tries again.
 */
export class UnavailableError extends OperationError {
  override name = "UnavailableError";
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The operating system's reason in an error of Deno's, without its number, call and path. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  return messageOf(error).replace(/ \(os error \d+\).*$/s, "");
}
