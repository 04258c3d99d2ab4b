import { publish, runLimited, TimeoutError, WorkScope, withoutDeadline } from '@resilient/core';
import type { CallSettings } from '../client/settings.ts';
import { callDefaults } from '../defaults.ts';
import type { ApiCallError } from '../errors/api-call-error.ts';

/** What a fallback has given; `undefined` if it failed, which was told to those who listen. */
export async function runFallback(
  name: string,
  settings: CallSettings,
  error: ApiCallError,
): Promise<{ readonly value: unknown } | undefined> {
  const { fallback, clock } = settings;
  const ms = callDefaults.fallbackMs;
  try {
    const value =
      typeof fallback === 'function'
        ? await withoutDeadline(() =>
            runLimited(new WorkScope(clock.now() + ms), () => fallback(error) as unknown, {
              clock,
              ms,
              onTimeout: () => new TimeoutError(ms),
            }),
          )
        : fallback;
    publish({ kind: 'fallback', name, package: 'http', ok: true, code: error.code });
    return { value };
  } catch (thrown) {
    publish({ kind: 'fallback', name, package: 'http', ok: false, code: error.code });
    publish({ kind: 'error', name, package: 'http', error: thrown });
    return undefined;
  }
}
