import { checkDuration, checkKnown, checkNumber, refuse } from '@resilient/core';
import { memoryDefaults } from '../defaults.ts';

/** How many attempts may run at a time, and how many calls may wait for a slot. */
export interface ConcurrencyOptions {
  /** An integer of at least 1, or `Infinity`. @defaultValue `1_000` */
  readonly limit?: number;
  /** Calls that wait while every slot is taken: an integer from 0; more are refused. @defaultValue `10_000` */
  readonly queue?: number;
  /** A call is refused after waiting for so long, in milliseconds. @defaultValue `Infinity`: until its deadline */
  readonly queueTimeoutMs?: number;
}

/** The options with everything decided. */
export interface SlotSettings {
  /** `adaptive` for one that follows the latency. */
  readonly limit: number | 'adaptive';
  readonly queue: number;
  readonly queueTimeoutMs: number;
}

const LIMIT = { min: 1, integer: true, infinity: true } as const;

/** Checks what was said about concurrency and fills in the defaults. */
export function slotSettings(given: ConcurrencyOptions | number | 'adaptive' | undefined): SlotSettings {
  const { concurrency, queue } = memoryDefaults;
  const queueTimeoutMs = Number.POSITIVE_INFINITY;
  if (given === 'adaptive') return { limit: given, queue, queueTimeoutMs };
  if (given === undefined || typeof given === 'number') {
    return { limit: checkNumber('concurrency', given ?? concurrency, LIMIT), queue, queueTimeoutMs };
  }
  if (typeof given !== 'object' || given === null)
    throw refuse('concurrency', "a number, 'adaptive' or an object", given);
  checkKnown('concurrency', given, ['limit', 'queue', 'queueTimeoutMs']);
  return {
    limit: checkNumber('concurrency.limit', given.limit ?? concurrency, LIMIT),
    queue: checkNumber('concurrency.queue', given.queue ?? queue, { min: 0, integer: true, infinity: true }),
    queueTimeoutMs: checkDuration('concurrency.queueTimeoutMs', given.queueTimeoutMs ?? queueTimeoutMs),
  };
}
