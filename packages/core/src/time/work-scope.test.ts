import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { WorkScope } from './work-scope.ts';

test('a link that is handed over outlives the scope, and is cut by the function alone', () => {
  const caller = new AbortController();
  const scope = new WorkScope(Number.POSITIVE_INFINITY, caller.signal);
  const { signal } = scope;
  const cut = scope.keep();
  scope.release();
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1);
  caller.abort('gone');
  expect(signal.reason).toBe('gone');
  cut?.();
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
});

test('there is no link to hand over where nobody read the signal, or there is no caller', () => {
  expect(new WorkScope(0, new AbortController().signal).keep()).toBeUndefined();
  const alone = new WorkScope(0);
  expect(alone.signal.aborted).toBe(false);
  expect(alone.keep()).toBeUndefined();
});
