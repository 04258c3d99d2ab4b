import { isObserved, type Logger, publish } from '@resilient/core';
import type { Written } from './compare-and-set.ts';

/**
 * Tells of a write that could not be brought together with another one, which would else be lost without a word: never
 * a value, and no name that the shape does not know, since it may be a user's.
 */
export function reportConflict(
  written: Exclude<Written, Error>,
  names: ReadonlySet<string>,
  logger: Logger,
): void {
  if (written === 'gone' || (typeof written === 'object' && written.conflicts.length === 0)) return;
  const conflicts = typeof written === 'string' ? [] : written.conflicts;
  const result = typeof written === 'string' ? written : 'the later value was kept';
  const keys = conflicts.map((key) => (names.has(key) ? key : '(unknown)'));
  logger.warn({ result, keys }, 'a session was changed by two requests at the same time');
  if (!isObserved('session')) return;
  const event = { kind: 'session', name: 'session', package: 'session', action: 'conflict' } as const;
  if (conflicts.length === 0) publish(event);
  for (const key of conflicts) publish(names.has(key) ? { ...event, key } : event);
}
