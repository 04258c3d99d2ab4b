import { type Logger, withDeadline } from '@resilient/core';
import type { VirtualClock } from '@resilient/testing';
import { beforeEach, expect, test } from 'vitest';
import { FakeEngine } from '../../test/unit/fake-engine.ts';
import { createTrial, failing, INSERT, type Trial } from '../../test/unit/trial.ts';
import { safeCommit } from './safe-commit.ts';

let clock: VirtualClock;
let logger: Logger;
let run: Trial['run'];

beforeEach(() => {
  ({ clock, logger, run } = createTrial());
});

test('no COMMIT is written after time is up, and a late value is no success', async () => {
  const { engine, result } = run({}, { timeoutMs: 500 }, () => clock.sleep(500));
  expect(await result).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'TIMEOUT', outcome: 'rejected' },
  });
  expect(engine.log).toEqual(['begin', 'rollback']);
});

test('no COMMIT is written with less than 100 ms left in a withDeadline scope', async () => {
  const engine = new FakeEngine(clock);
  const result = await clock.settle(
    withDeadline(1_000, () => safeCommit(engine.kysely, () => clock.sleep(950), { logger }), { clock }),
  );
  expect(result).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
  expect(engine.log).toEqual(['begin', 'rollback']);
});

test('a COMMIT that is written in time counts, however long its answer takes', async () => {
  const { result } = run(
    { commit: () => clock.sleep(5_000).then(() => ({ result: 'committed' })) },
    { timeoutMs: 100 },
  );
  expect(await result).toMatchObject({ ok: true, attempts: 1 });
});

test('a running statement is stopped when time is up, and the engine is told the deadline and the signal', async () => {
  const requests: unknown[] = [];
  const { engine, result } = run(
    { begin: (request) => void requests.push(request), run: () => new Promise(() => {}) },
    { timeoutMs: 300, isolation: 'serializable', readOnly: true },
  );
  expect(await result).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
  expect(engine.log).toEqual(['begin', INSERT, 'abandon']);
  expect(requests).toMatchObject([
    { deadline: 300, isolation: 'serializable', readOnly: true, signal: { aborted: true } },
  ]);
});

test('an abort while waiting to run again ends at once', async () => {
  const controller = new AbortController();
  clock.setTimer(() => controller.abort(new Error('enough')), 20);
  const { result } = run(failing('40001'), { signal: controller.signal });
  expect(await result).toMatchObject({ ok: false, attempts: 1, error: { code: 'ABORTED' } });
  expect(clock.now()).toBe(20);
  expect(clock.pending).toBe(0);
});
