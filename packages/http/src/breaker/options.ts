import { checkKnown, checkNumber } from '@resilient/core';
import { breakerDefaults } from '../defaults.ts';

/** When a circuit breaker opens, and for how long. */
export interface BreakerOptions {
  /** Share of failures at which it opens, above 0 and at most 1. @defaultValue `0.5` */
  readonly failureRate?: number;
  /** With fewer completed attempts in the window than this the share decides nothing. @defaultValue `20` */
  readonly minCalls?: number;
  /** Length of the window, in milliseconds. @defaultValue `10_000` */
  readonly windowMs?: number;
  /** It opens after so many failures in a row, however slow they come; `Infinity` for never. @defaultValue `10` */
  readonly consecutiveFailures?: number;
  /** How long it stays open at first, in milliseconds; drawn from half of it to all of it. @defaultValue `5_000` */
  readonly openMs?: number;
  /** The open time doubles up to this, in milliseconds. @defaultValue `15_000` */
  readonly maxOpenMs?: number;
}

/** The options with everything decided. */
export type BreakerSettings = Required<BreakerOptions>;

const KNOWN: readonly (keyof BreakerOptions)[] = [
  'failureRate',
  'minCalls',
  'windowMs',
  'consecutiveFailures',
  'openMs',
  'maxOpenMs',
];

/** Checks the options of a breaker and fills in the defaults. */
export function breakerSettings(options: BreakerOptions): BreakerSettings {
  checkKnown('breaker', options, KNOWN);
  const given = { ...breakerDefaults, ...options };
  const openMs = checkNumber('breaker.openMs', given.openMs, { exclusiveMin: true });
  return {
    failureRate: checkNumber('breaker.failureRate', given.failureRate, { exclusiveMin: true, max: 1 }),
    minCalls: checkNumber('breaker.minCalls', given.minCalls, { min: 1, integer: true }),
    windowMs: checkNumber('breaker.windowMs', given.windowMs, { min: 10 }),
    consecutiveFailures: checkNumber('breaker.consecutiveFailures', given.consecutiveFailures, {
      min: 1,
      integer: true,
      infinity: true,
    }),
    openMs,
    maxOpenMs: checkNumber('breaker.maxOpenMs', options.maxOpenMs ?? Math.max(given.maxOpenMs, openMs), {
      min: openMs,
    }),
  };
}
