import { types } from 'node:util';
import { chainOf } from '../errors/counted-errors.ts';
import { readError } from '../errors/read-error.ts';

/** What Sentry reads of everything that is thrown. */
const READ = ['name', 'message', 'stack', 'cause'];

function isReadable(value: object): boolean {
  if (types.isProxy(value)) return false;
  try {
    for (const key of READ) Reflect.get(value, key);
    for (const key in value) Reflect.get(value, key);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether Sentry can take what was thrown. A symbol, a proxy or a getter that throws stops version 11.12 for good: it
 * counts what it works on before it fails, and no flush ends in time any more.
 */
export function sentryCanTake(error: unknown): boolean {
  if (typeof error === 'symbol') return false;
  if (typeof error !== 'object' || error === null) return !types.isProxy(error);
  return [...chainOf(error)].every(isReadable);
}

/** An error that says what can be read of `error`. */
export function standInFor(error: unknown): Error {
  const { type, message: read } = readError(error);
  const message = read === '' ? 'something that cannot be read' : read; // Sentry drops what says nothing
  const standIn = new Error(message);
  standIn.name = type;
  standIn.stack = `${type}: ${message}`; // ours would name this file
  return standIn;
}
