import { maskMessage, peek } from '@resilient/core';
import { applicationFrame } from './stack-frames.ts';

/** What is known of something that was thrown, read without ever throwing. */
export interface ErrorFacts {
  /** Name of the class, or `typeof` of what is no object; at most 100 characters, without control characters. */
  readonly type: string;
  /** The error's `code`, if it has one. */
  readonly code?: string;
  /** The message as it is: never to be shown without masking. */
  readonly message: string;
  /** The first line of the stack that is the application's, its path relative to the working directory. */
  readonly frame?: string;
}

/** Reads one property as text of at most `length` characters; numbers count, everything else is absent. */
export function readText(source: unknown, key: string, length: number): string | undefined {
  const value = peek(source, key);
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  // Copied, not sliced: a slice would keep the whole of a huge string alive.
  return value.length <= length ? value : Buffer.from(value.slice(0, length)).toString();
}

function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}

function typeOf(error: unknown): string {
  if (error === null) return 'null';
  if (typeof error !== 'object') return typeof error;
  const name = readText(error, 'name', 100);
  if (name !== undefined && name !== '' && name !== 'Error') return name;
  // `class KeyError extends Error {}` keeps the name `Error`, and is a KeyError to whoever wrote it.
  return readText(peek(error, 'constructor'), 'name', 100) || name || 'object';
}

/** More than masking reads, which must see for itself where a message ends. */
const MAX_MESSAGE = 8_000;

function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null) return readText(error, 'message', MAX_MESSAGE) ?? '';
  return typeof error === 'function' ? '' : String(error).slice(0, MAX_MESSAGE);
}

/** Codes are names; what is none may be anything, and is masked as a message is. */
const codeOf = (code: string): string =>
  /^[\w.:/-]+$/.test(code) ? code : withoutControls(maskMessage(code));

/** Reads what was thrown, whatever it is: `null`, a proxy, an object whose getters throw. */
export function readError(error: unknown): ErrorFacts {
  const code = readText(error, 'code', 64);
  const frame = applicationFrame(error);
  return {
    type: withoutControls(typeOf(error)) || 'object',
    message: messageOf(error),
    ...(code === undefined || code === '' ? {} : { code: codeOf(code) }),
    ...(frame === undefined ? {} : { frame }),
  };
}
