import { DeadlineError } from '../errors/deadline-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import { isObserved, publish } from '../events/publish.ts';
import type { DeadlineScope } from './deadline.ts';

/** The error for work whose time is up: by the scope if that ended first, else by its own limit, which is published. */
export function timeIsUp(name: string, timeoutMs: number, scope: DeadlineScope | undefined): Error {
  if (scope) return new DeadlineError(scope.timeoutMs);
  if (isObserved('timeout')) publish({ kind: 'timeout', name, package: 'core', timeoutMs });
  return new TimeoutError(timeoutMs);
}
