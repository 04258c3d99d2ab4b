import { createVirtualClock } from '@resilient/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { FakeEngine, type FakeSchema } from '../../test/unit/fake-engine.ts';
import type { Transaction } from '../kysely.ts';
import type { CommitOptions } from './options.ts';
import { commit, safeCommit } from './safe-commit.ts';

let clock = createVirtualClock();
const noop = (): void => {};
const logger = { debug: noop, info: noop, warn: noop, error: noop, fatal: noop, child: () => logger };

beforeEach(() => {
  clock = createVirtualClock();
});

const insert = (trx: Transaction<FakeSchema>): Promise<unknown> =>
  trx.insertInto('note').values({ id: 1, text: 'a' }).execute();

describe('bad input is refused before anything is begun', () => {
  const cases: [string, CommitOptions, string][] = [
    ['maxRetries', { maxRetries: -1 }, 'expected `maxRetries` to be an integer of at least 0'],
    ['timeoutMs', { timeoutMs: 0 }, 'expected `timeoutMs` to be a number above 0'],
    ['isolation', { isolation: 'snapshot' as never }, 'expected `isolation` to be one of "read uncommitted"'],
    ['readOnly', { readOnly: 1 as never }, 'expected `readOnly` to be a boolean, got 1'],
    ['signal', { signal: {} as never }, 'expected `signal` to be an AbortSignal'],
    [
      'retryOn',
      { retryOn: [23_505] as never },
      "expected `retryOn` to be an array of codes such as '23505', got an array of 1",
    ],
    ['classify', { classify: 'x' as never }, 'expected `classify` to be a function'],
    ['random', { random: 1 as never }, 'expected `random` to be a function'],
    ['clock', { clock: 1 as never }, 'expected `clock` to be an object'],
    ['name', { name: 1 as never }, 'expected `name` to be a string'],
    ['logger', { logger: {} as never }, 'expected `logger` to have a function `debug`'],
    ['witness', { witness: 1 } as never, 'expected `witness` to be a boolean, got 1'],
    ['settleMs', { settleMs: -1 }, 'expected `settleMs` to be a number above 0'],
    ['attemptTimeoutMs', { attemptTimeoutMs: 0 }, 'expected `attemptTimeoutMs` to be a number above 0'],
    ['nesting', { nesting: 'own' as never }, 'expected `nesting` to be one of "join", "forbid"'],
    ['maxRetry', { maxRetry: 1 } as never, 'unknown option `maxRetry` of safeCommit'],
  ];

  test.each(cases)('%s', async (_, options, message) => {
    const engine = new FakeEngine(clock);
    await expect(safeCommit(engine.kysely, insert, options)).rejects.toThrow(message);
    await expect(commit(engine.kysely, insert, options)).rejects.toThrow(message);
    expect(engine.log).toEqual([]);
  });

  test('a target that createDatabase did not open, a transaction, and work that is no function', async () => {
    const engine = new FakeEngine(clock);
    const message =
      'expected the target to be the `kysely` of a database opened by createDatabase(), a Kysely of your own, a pg.Pool or a Database of better-sqlite3';
    for (const target of [undefined, null, {}, new Map(), engine]) {
      await expect(safeCommit(target as never, insert)).rejects.toThrow(message);
    }
    await expect(safeCommit(engine.kysely, 'work' as never)).rejects.toThrow(
      'expected `work` to be a function',
    );
    const inner = await clock.settle(
      safeCommit(engine.kysely, (trx) => commit(trx as never, async () => 1), { logger }),
    );
    expect(inner).toMatchObject({
      ok: false,
      error: { code: 'WORK_FAILED', cause: { message: expect.stringContaining('got a transaction') } },
    });
    const nested = await clock.settle(
      safeCommit(engine.kysely, () => commit(engine.kysely, async () => 1, { nesting: 'forbid' }), {
        logger,
      }),
    );
    expect(nested).toMatchObject({
      error: { message: expect.stringContaining('inside another one on the same database') },
    });
  });
});
