import type { Clock } from '../time/clock.ts';
import { peek } from '../verdict/causes.ts';
import { refuse } from './check.ts';

const PARTS = ['now', 'epochNow', 'sleep', 'setTimer', 'clearTimer'] as const;

/**
 * Answers `value` if it has all that a {@link Clock} has.
 *
 * @throws TypeError if it has not
 */
export function checkClock(name: string, value: unknown): Clock {
  for (const part of PARTS) {
    if (typeof peek(value, part) !== 'function') {
      throw refuse(name, `a Clock with a function \`${part}\``, value);
    }
  }
  return value as Clock;
}
