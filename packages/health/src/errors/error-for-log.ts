import { peek } from '@resilient/core';
import { maskForLog } from './mask.ts';
import { readError } from './read-error.ts';
import { stackLines } from './stack-frames.ts';

/** An error as it is written to the log: an allow-list, since the own properties of errors hold headers and rows. */
export interface LoggedError {
  readonly type: string;
  readonly code?: string;
  /** Masked, at most 200 characters. */
  readonly message: string;
  /** The frames of the stack, without the message. */
  readonly stack?: string;
  readonly cause?: Omit<LoggedError, 'stack' | 'cause'>;
}

function inBrief(error: unknown): Omit<LoggedError, 'stack' | 'cause'> {
  const { type, code, message } = readError(error);
  return { type, ...(code === undefined ? {} : { code }), message: maskForLog(message) };
}

/** Makes an error fit for the log; never throws, whatever was thrown. */
export function errorForLog(error: unknown): LoggedError {
  const cause = peek(error, 'cause');
  const stack = stackLines(error).join('\n');
  return {
    ...inBrief(error),
    ...(stack === '' ? {} : { stack }),
    ...(cause === undefined || cause === null ? {} : { cause: inBrief(cause) }),
  };
}
