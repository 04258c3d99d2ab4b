import { checkKnown, checkNumber, refuse } from '@resilient/core';

/** When a second request is sent beside a slow first one; only for calls that may be repeated. */
export interface HedgeOptions {
  /**
   * Milliseconds after which it is sent, above 0; `'p95'` for the time within which 95 % of the attempts of the last
   * ten minutes ended, once there are 100 of them.
   */
  readonly afterMs: number | 'p95';
  /** Further requests of one attempt, each `afterMs` after the last: from 1 to 10. @defaultValue `1` */
  readonly max?: number;
}

/** The options with everything decided. */
export type HedgeSettings = Required<HedgeOptions>;

/** Checks the options of hedging and fills in the defaults. */
export function hedgeSettings(given: HedgeOptions | false | undefined): HedgeSettings | undefined {
  if (given === undefined || given === false) return undefined;
  if (typeof given !== 'object' || given === null) throw refuse('hedge', 'an object or false', given);
  checkKnown('hedge', given, ['afterMs', 'max']);
  const { afterMs, max = 1 } = given;
  return {
    afterMs: afterMs === 'p95' ? afterMs : checkNumber('hedge.afterMs', afterMs, { exclusiveMin: true }),
    max: checkNumber('hedge.max', max, { min: 1, max: 10, integer: true }),
  };
}
