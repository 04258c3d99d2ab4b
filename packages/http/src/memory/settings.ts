import {
  type Clock,
  checkKnown,
  checkNumber,
  type Logger,
  RetryBudget,
  type RetryBudgetOptions,
  refuse,
} from '@resilient/core';
import { type BreakerOptions, type BreakerSettings, breakerSettings } from '../breaker/options.ts';
import { memoryDefaults } from '../defaults.ts';
import { type ConcurrencyOptions, type SlotSettings, slotSettings } from '../slots/options.ts';

/** What the calls of one name share, and how; fixed by the first use of the name. */
export interface MemoryOptions {
  /** The circuit breaker; `false` for none. @defaultValue opens at half of 20 in 10 s, or at 10 failures in a row */
  readonly breaker?: BreakerOptions | boolean;
  /** The share of retries; `false` for no limit. @defaultValue 500 tokens, 14 for a retry, 5 after a rate limit */
  readonly budget?: Omit<RetryBudgetOptions, 'name' | 'clock'> | boolean;
  /**
   * Attempts that may run at a time: a number, `{ limit, queue, queueTimeoutMs }`, or `'adaptive'` for a limit that
   * follows the latency, from 1 to 1,000. @defaultValue `{ limit: 1_000, queue: 10_000 }`
   */
  readonly concurrency?: ConcurrencyOptions | number | 'adaptive';
  /** For so long at most a rate limit holds the other calls back, in milliseconds. @defaultValue `60_000` */
  readonly maxGateMs?: number;
}

/** The options with everything decided. */
export interface MemorySettings {
  readonly breaker: BreakerSettings | false;
  readonly budget: Omit<RetryBudgetOptions, 'name' | 'clock'> | false;
  readonly concurrency: SlotSettings;
  readonly maxGateMs: number;
}

/** What a memory lives on. */
export interface MemoryParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Names of the options that need a `name`. */
export const memoryOptionNames: readonly (keyof MemoryOptions)[] = [
  'breaker',
  'budget',
  'concurrency',
  'maxGateMs',
];

function budgetSettings(given: MemoryOptions['budget']): MemorySettings['budget'] {
  if (given === false) return false;
  const options = given === true || given === undefined ? {} : given;
  checkKnown('budget', options, ['capacity', 'retryCost', 'throttleCost', 'minPerSecond']);
  new RetryBudget(options); // checks the numbers
  return options;
}

/** Checks the options of a memory and fills in the defaults. */
export function memorySettings(options: MemoryOptions): MemorySettings {
  const { breaker } = options;
  if (
    breaker !== undefined &&
    typeof breaker !== 'boolean' &&
    (typeof breaker !== 'object' || breaker === null)
  ) {
    throw refuse('breaker', 'an object or a boolean', breaker);
  }
  return {
    breaker:
      breaker === false ? false : breakerSettings(breaker === true || breaker === undefined ? {} : breaker),
    budget: budgetSettings(options.budget),
    concurrency: slotSettings(options.concurrency),
    maxGateMs: checkNumber('maxGateMs', options.maxGateMs ?? memoryDefaults.maxGateMs, {
      exclusiveMin: true,
    }),
  };
}

/** The first option that `given` sets otherwise than a memory has it; `undefined` if there is none. */
export function differenceOf(
  given: MemoryOptions,
  wanted: MemorySettings,
  fixed: MemorySettings,
): string | undefined {
  return memoryOptionNames.find(
    (name) => given[name] !== undefined && JSON.stringify(wanted[name]) !== JSON.stringify(fixed[name]),
  );
}
