import { peek, type WorkScope } from '@resilient/core';

/** Cuts the link when what it was kept for is gone. */
const links = new FinalizationRegistry<() => void>((cut) => cut());

function isStream(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const hasOne = (name: string): boolean => typeof peek(value, name) === 'function';
  if (hasOne('getReader') || hasOne('pipe')) return true;
  return typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function';
}

/** What of a value goes on after the promise: the body of a `Response`, a stream itself, or one inside (AWS, axios). */
function lastingPart(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return [peek(value, 'body'), value, peek(value, 'Body'), peek(value, 'data')].find(isStream);
}

/**
 * Ends the link between a caller's signal and an attempt that has succeeded, unless its value goes on: then an abort
 * still cancels it, until the collector finds that nobody holds it any more.
 */
export function endLink(scope: WorkScope, value: unknown): void {
  const cut = scope.keep();
  if (!cut) return;
  let lasting: object | undefined;
  try {
    lasting = lastingPart(value);
  } catch {
    lasting = undefined; // a proxy whose traps throw
  }
  if (lasting) links.register(lasting, cut);
  else cut();
}
