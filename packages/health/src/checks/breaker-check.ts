import { type BreakerEvent, onResilienceEvent, refuse } from '@resilient/core';
import type { CheckResult } from './check-result.ts';
import { type CheckOptions, defineCheck, type HealthCheck } from './define-check.ts';

/** What can be said of {@link breakerCheck}. */
export type BreakerCheckOptions = Partial<Omit<CheckOptions, 'run'>>;

/** The last states of the breakers of one name, told again by core to whoever begins to listen. */
function statesOf(breaker: string): BreakerEvent['state'][] {
  const states: BreakerEvent['state'][] = [];
  const stop = onResilienceEvent((event) => {
    if (event.kind === 'breaker' && event.name === breaker) states.push(event.state);
  });
  stop();
  return states;
}

/** The name of a check that a breaker's name makes: `tutor-events` is `tutor_events`. */
const checkNameOf = (breaker: string): string =>
  breaker
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 32) || 'breaker';

/**
 * A check that is `degraded` while the circuit breaker of a client of `@resilient/http` is open or being tried. One that
 * has not spoken yet is closed. Not required, and in no probe: when somebody else's service is down, no replica of ours
 * is better than another.
 *
 * @throws TypeError if `breaker` is no name; else as {@link defineCheck}
 * @example
 * ```ts
 * import { breakerCheck, createHealthMonitor } from '@resilient/health';
 *
 * const monitor = createHealthMonitor({ checks: [breakerCheck('tutor')] });
 * ```
 */
export function breakerCheck(breaker: string, options: BreakerCheckOptions = {}): HealthCheck {
  if (typeof breaker !== 'string' || breaker === '') throw refuse('breaker', "a client's name", breaker);
  const run = (): CheckResult => {
    const states = statesOf(breaker);
    const open = states.find((state) => state !== 'closed');
    return open === undefined ? { status: 'ok' } : { status: 'degraded', details: { breaker: open } };
  };
  return defineCheck({ name: checkNameOf(breaker), required: false, probes: [], ...options, run });
}
