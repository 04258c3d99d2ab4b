import {
  type Logger,
  onResilienceEvent,
  type ResilienceEvent,
  TimeoutError,
  withDeadline,
} from '@resilient/core';
import type { VirtualClock } from '@resilient/testing';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { FakeEngine, type FakeScript, serverError } from '../../test/unit/fake-engine.ts';
import { createTrial, failing, INSERT, insert, type Trial } from '../../test/unit/trial.ts';
import { PoolError } from '../engine/pool-error.ts';
import { CommitError } from './commit-error.ts';
import { commit, safeCommit } from './safe-commit.ts';

let clock: VirtualClock;
let lines: Trial['lines'];
let logger: Logger;
let run: Trial['run'];

beforeEach(() => {
  ({ clock, lines, logger, run } = createTrial());
});

describe('a unit that fails in a way that another run may cure', () => {
  test('is run again as a whole, with jittered waits under 100, 200 and 400 ms', async () => {
    const { engine, result } = run(failing('40001', '40P01', '55P03'));
    expect(await result).toMatchObject({ ok: true, attempts: 4 });
    expect(engine.log).toEqual([
      ...Array(3).fill(['begin', INSERT, 'rollback']).flat(),
      'begin',
      INSERT,
      'commit',
    ]);
    expect(clock.now()).toBe(50 + 100 + 200);
    expect(clock.pending).toBe(0);
  });

  test('ends with RETRIES_EXHAUSTED, the records and the last error as cause', async () => {
    const { result } = run(failing('40001', '40P01', '40001', '40P01'), { name: 'save quiz' });
    const failed = await result;
    if (failed.ok) throw new Error('it was committed');
    expect(failed.attempts).toBe(4);
    expect(failed.error).toBeInstanceOf(CommitError);
    expect(failed.error).toMatchObject({
      code: 'RETRIES_EXHAUSTED',
      stopReason: 'attempts',
      outcome: 'rejected',
      sqlState: '40P01',
      message:
        'save quiz was not committed (4 attempts): it conflicted with another transaction (SQLSTATE 40P01)',
    });
    expect((failed.error.cause as { code: string }).code).toBe('40P01');
    expect(failed.error.attempts.map((record) => [record.code, record.message, record.delayMs])).toEqual([
      ['40001', 'it conflicted with another transaction (SQLSTATE 40001)', 50],
      ['40P01', 'it conflicted with another transaction (SQLSTATE 40P01)', 100],
      ['40001', 'it conflicted with another transaction (SQLSTATE 40001)', 200],
      ['40P01', 'it conflicted with another transaction (SQLSTATE 40P01)', undefined],
    ]);
    expect(lines).toMatchObject([
      ['warn', { code: 'RETRIES_EXHAUSTED', sqlState: '40P01', attempts: 4 }, failed.error.message],
    ]);
  });

  test('begins no wait that would end after timeoutMs', async () => {
    const { result } = run(failing('40001', '40001'), { timeoutMs: 120 });
    expect(await result).toMatchObject({
      ok: false,
      attempts: 2,
      error: { code: 'TIMEOUT', stopReason: 'deadline' },
    });
    expect(clock.now()).toBe(50);
  });

  test('is bound by an enclosing withDeadline', async () => {
    const engine = new FakeEngine(clock, failing('40001', '40001', '40001', '40001'));
    const result = await clock.settle(
      withDeadline(200, () => safeCommit(engine.kysely, insert, { logger, random: () => 0.5 }), { clock }),
    );
    expect(result).toMatchObject({ ok: false, attempts: 3, error: { code: 'TIMEOUT' } });
    expect(clock.now()).toBe(150);
  });

  test('is run again when COMMIT is answered by such an error', async () => {
    const { engine, result } = run({
      commit: (attempt) =>
        attempt === 1 ? { result: 'rolled-back', error: serverError('40001') } : { result: 'committed' },
    });
    expect(await result).toMatchObject({ ok: true, attempts: 2 });
    expect(engine.log.filter((step) => step === 'commit')).toHaveLength(2);
  });
});

describe('what is never run again', () => {
  test('a COMMIT without an answer, even if retryOn names its code', async () => {
    const lost = serverError('57P01', { severity: 'FATAL' });
    const { engine, result } = run(
      { commit: () => ({ result: 'unknown', error: lost }) },
      { retryOn: ['57P01'], classify: () => ({ transient: true, kind: 'disconnect', outcome: 'not-sent' }) },
    );
    expect(await result).toMatchObject({
      ok: false,
      attempts: 1,
      error: {
        code: 'OUTCOME_UNKNOWN',
        outcome: 'unknown',
        stopReason: 'unknown-outcome',
        sqlState: '57P01',
      },
    });
    expect(engine.log).toEqual(['begin', INSERT, 'commit']);
    expect(lines[0]?.[0]).toBe('error');
  });

  test.each([
    ['23505', 'CONSTRAINT'],
    ['23P01', 'CONSTRAINT'],
    ['42601', 'REJECTED'],
    ['22P02', 'REJECTED'],
    ['57014', 'TIMEOUT'],
    ['25P03', 'TIMEOUT'],
    ['ZZ999', 'REJECTED'],
  ])('%s is final: %s', async (state, code) => {
    const { result } = run(failing(state));
    expect(await result).toMatchObject({
      ok: false,
      attempts: 1,
      error: { code, stopReason: 'permanent', outcome: 'rejected' },
    });
  });

  test('an error of work itself; a mistake of the program is logged as an error', async () => {
    const { result } = run({}, {}, () => {
      throw new ReferenceError('x is not defined');
    });
    expect(await result).toMatchObject({
      ok: false,
      attempts: 1,
      error: { code: 'WORK_FAILED', sqlState: undefined },
    });
    const { result: other } = run({}, {}, () => Promise.reject('sold out'));
    expect(await other).toMatchObject({
      error: {
        code: 'WORK_FAILED',
        message: 'unit of work was not committed (1 attempt): work threw a string',
      },
    });
    expect(lines.map(([level]) => level)).toEqual(['error', 'warn']);
  });

  test('a lock that BEGIN has waited for', async () => {
    const { result } = run({
      begin: () => {
        throw serverError('55P03');
      },
    });
    expect(await result).toMatchObject({
      ok: false,
      attempts: 1,
      error: { code: 'TIMEOUT', outcome: 'not-sent' },
    });
    const { result: timed } = run({
      begin: () => {
        throw new TimeoutError(20_000);
      },
    });
    expect(await timed).toMatchObject({
      ok: false,
      attempts: 1,
      error: { code: 'TIMEOUT', outcome: 'not-sent' },
    });
  });

  test.each(['POOL_EXHAUSTED', 'CLOSED'] as const)(
    'a refusal of the pool: %s is no attempt',
    async (code) => {
      const refused = new PoolError(code, 'no connection');
      const { result } = run({
        begin: () => {
          throw refused;
        },
      });
      const failed = await result;
      expect(failed).toMatchObject({
        ok: false,
        attempts: 0,
        error: { code, attempts: [], outcome: 'not-sent', cause: refused },
      });
    },
  );
});

test('nothing is sent before BEGIN succeeds, and a failure there is not-sent', async () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  });
  const { engine, result } = run({
    begin: (_, attempt) => {
      if (attempt < 3) throw refused;
    },
  });
  expect(await result).toMatchObject({ ok: true, attempts: 3 });
  expect(engine.log).toEqual(['begin', INSERT, 'commit']);
});

test('the first error that dooms a unit decides, not what came after it', async () => {
  const { engine, result } = run(
    {
      run: (text, attempt) => {
        if (attempt > 1) return [];
        throw serverError(text.includes('note') ? '40001' : '25P02');
      },
    },
    {},
    async (trx) => {
      await insert(trx).catch(() => undefined);
      await sql`select 1`.execute(trx);
    },
  );
  expect(await result).toMatchObject({ ok: true, attempts: 2 });
  expect(engine.log.slice(0, 4)).toEqual(['begin', INSERT, 'select 1', 'rollback']);
});

test('once the database has ended the transaction, no statement is sent any more', async () => {
  const gone = serverError('23514');
  const caught: unknown[] = [];
  const { engine, result } = run(
    {
      stateAfter: () => 'ended',
      run: () => {
        throw gone;
      },
    },
    {},
    async (trx) => {
      for (let n = 0; n < 3; n += 1) await insert(trx).catch((error) => caught.push(error));
    },
  );
  expect(await result).toMatchObject({ ok: false, error: { code: 'CONSTRAINT', cause: gone } });
  expect(engine.log).toEqual(['begin', INSERT, 'rollback']);
  expect(caught).toEqual([gone, gone, gone]);
});

test('a failed statement that leaves the transaction open may be swallowed', async () => {
  const script: FakeScript = { ...failing('23505'), stateAfter: () => 'open' };
  const { engine, result } = run(script, {}, (trx) => insert(trx).catch(() => 'there already'));
  expect(await result).toMatchObject({ ok: true, value: 'there already' });
  expect(engine.log.at(-1)).toBe('commit');
  const { result: thrown } = run(script, {}, (trx) =>
    insert(trx).catch((cause) => {
      throw new AggregateError([new Error('wrapped', { cause })]);
    }),
  );
  expect(await thrown).toMatchObject({ ok: false, error: { code: 'CONSTRAINT', sqlState: '23505' } });
});

test('plugins and schema of a copy hold inside the unit', async () => {
  const engine = new FakeEngine(clock);
  const saved = await clock.settle(safeCommit(engine.kysely.withSchema('school'), insert));
  expect(saved.ok).toBe(true);
  expect(engine.log[1]).toContain('"school"."note"');
});

test('what happened is told: retry, exhausted and commit', async () => {
  const events: ResilienceEvent[] = [];
  const stop = onResilienceEvent((event) => event.package === 'db' && events.push(event));
  await run(failing('40001'), { name: 'a' }).result;
  await run(failing('23505'), { name: 'b' }).result;
  stop();
  expect(events).toMatchObject([
    { kind: 'retry', name: 'a', attempt: 1, failure: 'conflict', code: '40001', delayMs: 50 },
    { kind: 'commit', name: 'a', result: 'committed', attempts: 2, durationMs: 50 },
    { kind: 'exhausted', name: 'b', code: 'CONSTRAINT', stopReason: 'permanent' },
    { kind: 'commit', name: 'b', result: 'failed', code: 'CONSTRAINT', attempts: 1 },
  ]);
});

test('a logger, listener or classifier that throws changes nothing', async () => {
  const broken = new Proxy(logger, {
    get: () => () => {
      throw new Error('broken');
    },
  });
  const stop = onResilienceEvent(() => {
    throw new Error('broken');
  });
  const classify = (): never => {
    throw new Error('broken');
  };
  expect(await run(failing('40001'), { logger: broken, classify }).result).toMatchObject({
    ok: true,
    attempts: 2,
  });
  expect(await run(failing('23505'), { logger: broken, classify }).result).toMatchObject({
    error: { code: 'CONSTRAINT' },
  });
  stop();
});

test('commit answers the value, or throws the CommitError and logs nothing', async () => {
  const engine = new FakeEngine(clock);
  expect(await clock.settle(commit(engine.kysely, async () => 7))).toBe(7);
  const failed = new FakeEngine(clock, failing('23505'));
  await expect(clock.settle(commit(failed.kysely, insert, { logger }))).rejects.toMatchObject({
    code: 'CONSTRAINT',
  });
  expect(lines).toEqual([]);
});

test('an error is safe to log: constraint and table by name, no words of the server', async () => {
  const secret = 'Key (text)=(hunter2) already exists.';
  const facts = { detail: secret, constraint: 'note_text_key', table: 'note' };
  const { result } = run({
    run: () => {
      throw Object.assign(serverError('23505', facts), { message: secret });
    },
  });
  const failed = await result;
  if (failed.ok) throw new Error('it was committed');
  expect(failed.error.toJSON()).toMatchObject({
    code: 'CONSTRAINT',
    sqlState: '23505',
    constraint: 'note_text_key',
    table: 'note',
  });
  expect(JSON.stringify([failed.error, lines])).not.toContain('hunter2');
});
