import type { Clock } from '@resilient/core';
import type { BeginRequest } from '../engine/engine.ts';
import { PoolError } from '../engine/pool-error.ts';
import type { ControlledTransaction, Kysely } from '../kysely.ts';
import { LATE, within } from '../time/within.ts';

/** Begins a transaction on a Kysely as its own dialect does; one that comes too late is rolled back again. */
export async function beginControlled(
  kysely: Kysely<never>,
  clock: Clock,
  { isolation, readOnly, deadline, callerSignal: signal }: BeginRequest,
): Promise<ControlledTransaction<never>> {
  const startedAt = clock.now();
  let builder = kysely.startTransaction();
  if (isolation) builder = builder.setIsolationLevel(isolation);
  if (readOnly) builder = builder.setAccessMode('read only');
  const beginning = builder.execute();
  const giveUp = (): void => {
    beginning.then((late) => late.rollback().execute()).catch(() => {});
  };
  try {
    const begun = await within(clock, deadline - startedAt, beginning, signal);
    if (begun !== LATE) return begun;
  } catch (error) {
    if (signal?.aborted) giveUp();
    throw error;
  }
  giveUp();
  const ms = Math.round(clock.now() - startedAt);
  throw new PoolError(
    'POOL_EXHAUSTED',
    `Kysely's pool lent no connection, or BEGIN no answer, within ${ms} ms`,
  );
}
