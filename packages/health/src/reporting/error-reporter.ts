import { type Logger, refuse } from '@resilient/core';
import { CountedErrors } from '../errors/counted-errors.ts';
import { errorForLog } from '../errors/error-for-log.ts';

/** What is known of an error that is reported. */
export interface ReportContext {
  /** Where it came from: a request that failed, or what nobody caught. */
  readonly origin: 'request' | 'uncaughtException' | 'unhandledRejection';
  /** The template of the route. */
  readonly route?: string;
  /** The id that stands on the page and in the log. */
  readonly correlationId?: string;
  /** The framework's own request or context. */
  readonly host?: unknown;
}

/**
 * Told of each error that is recorded, once: a function, with `flush` where something waits to be sent. What it throws,
 * or rejects with, is logged; nobody waits for it.
 */
export interface ErrorReporter {
  (error: unknown, context: ReportContext): unknown;
  /** Sends what waits; called once before the process ends, which waits 2 s for it at most. */
  flush?(timeoutMs: number): unknown;
}

/** The errors that a reporter has heard of: one that comes again, or is wrapped by now, is the same incident. */
const told = new WeakMap<ErrorReporter, CountedErrors>();

function isNews(report: ErrorReporter, error: unknown): boolean {
  let known = told.get(report);
  if (known === undefined) {
    known = new CountedErrors();
    told.set(report, known);
  }
  return known.admit(error);
}

/** Tells a reporter of an error it has not heard of; never throws, and waits for nothing. */
export function reportError(
  report: ErrorReporter | undefined,
  error: unknown,
  context: ReportContext,
  logger: Logger,
): void {
  if (report === undefined) return;
  const failed = (failure: unknown): void =>
    logger.error({ err: errorForLog(failure) }, '`report` failed: an error was recorded, but not reported');
  try {
    if (isNews(report, error)) Promise.resolve(report(error, context)).catch(failed);
  } catch (failure) {
    failed(failure);
  }
}

/** Answers `report` if it is one, or nothing. @throws TypeError if it is something else */
export function checkReporter(report: unknown): ErrorReporter | undefined {
  if (report === undefined) return undefined;
  const flush = (report as Partial<ErrorReporter> | null)?.flush;
  if (typeof report !== 'function' || (flush !== undefined && typeof flush !== 'function')) {
    throw refuse('report', 'a function, such as sentryReporter(Sentry)', report);
  }
  return report as ErrorReporter;
}
