import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { LockWait } from './lock-wait.ts';
import { SqliteError } from './sqlite-error.ts';

const locked = (code = 'SQLITE_BUSY'): SqliteError => new SqliteError(code, 'database is locked');

/** A lock that is held until `until`, and how often it was asked for. */
function lockUntil(
  clock: { now(): number },
  until: number,
  code?: string,
): { step(): string; asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    step() {
      asked.push(clock.now());
      if (clock.now() < until) throw locked(code);
      return 'done';
    },
  };
}

test('a free lock is not waited for', async () => {
  const clock = createVirtualClock();
  const wait = new LockWait(clock, 1_000);
  expect(await wait.run(() => 'done', { arrivedAt: clock.now() })).toBe('done');
  expect(wait.polls).toBe(0);
});

test('a lock is asked for every millisecond, and every 5 ms after a second', async () => {
  const clock = createVirtualClock();
  const wait = new LockWait(clock, 20_000);
  const start = clock.now();
  const lock = lockUntil(clock, start + 1_500);
  const done = wait.run(lock.step, { arrivedAt: start });
  await clock.advance(1_600);
  expect(await done).toBe('done');
  const gaps = new Set(lock.asked.slice(1, 1_001).map((at, index) => at - (lock.asked[index] ?? 0)));
  expect([...gaps]).toEqual([1]);
  expect(wait.polls).toBe(1_000 + 100);
});

test.each(['SQLITE_BUSY_RECOVERY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED', 'SQLITE_PROTOCOL'])(
  '%s is waited out as well',
  async (code) => {
    const clock = createVirtualClock();
    const start = clock.now();
    const lock = lockUntil(clock, start + 3, code);
    const done = new LockWait(clock, 100).run(lock.step, { arrivedAt: start });
    await clock.advance(5);
    expect(await done).toBe('done');
  },
);

test('any other error is given out at once, from the first step or a later one', async () => {
  const clock = createVirtualClock();
  const wait = new LockWait(clock, 100);
  const full = new SqliteError('SQLITE_FULL', 'database or disk is full');
  const errors = [locked(), full];
  await expect(
    wait.run(
      () => {
        throw full;
      },
      { arrivedAt: 0 },
    ),
  ).rejects.toBe(full);
  const later = wait.run(
    () => {
      throw errors.shift();
    },
    { arrivedAt: clock.now() },
  );
  const seen = expect(later).rejects.toBe(full);
  await clock.advance(5);
  await seen;
});

test('the wait ends after busyTimeoutMs with TIMEOUT, whose cause is the answer of the database', async () => {
  const clock = createVirtualClock();
  const start = clock.now();
  const lock = lockUntil(clock, Number.POSITIVE_INFINITY);
  const done = new LockWait(clock, 50).run(lock.step, { arrivedAt: start });
  const seen = expect(done).rejects.toMatchObject({
    code: 'TIMEOUT',
    timeoutMs: 50,
    cause: { code: 'SQLITE_BUSY' },
  });
  await clock.advance(60);
  await seen;
  expect(lock.asked.at(-1)).toBe(start + 50);
});

test('an earlier deadline ends it earlier, and a signal at once', async () => {
  const clock = createVirtualClock();
  const wait = new LockWait(clock, 10_000);
  const start = clock.now();
  const never = lockUntil(clock, Number.POSITIVE_INFINITY);
  const late = expect(wait.run(never.step, { arrivedAt: start, deadline: start + 7 })).rejects.toMatchObject({
    code: 'TIMEOUT',
    timeoutMs: 7,
  });
  await clock.advance(10);
  await late;
  const controller = new AbortController();
  const reason = new Error('enough');
  const aborted = expect(
    wait.run(never.step, { arrivedAt: clock.now(), signal: controller.signal }),
  ).rejects.toBe(reason);
  await clock.advance(3);
  controller.abort(reason);
  await aborted;
  expect(clock.pending).toBe(0);
});

test('whoever has waited behind others does not wait for the same lock all over again', async () => {
  const clock = createVirtualClock();
  const wait = new LockWait(clock, 100);
  const start = clock.now();
  const never = lockUntil(clock, Number.POSITIVE_INFINITY);
  const first = expect(wait.run(never.step, { arrivedAt: start })).rejects.toMatchObject({ code: 'TIMEOUT' });
  await clock.advance(100);
  await first;
  const asked = never.asked.length;
  await expect(wait.run(never.step, { arrivedAt: start })).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(never.asked.length).toBe(asked + 1);
  expect(wait.busyForMs).toBe(100);
});

test('a lock met again later is a new wait', async () => {
  const clock = createVirtualClock();
  const wait = new LockWait(clock, 100);
  const start = clock.now();
  const first = lockUntil(clock, start + 90);
  const done = wait.run(first.step, { arrivedAt: start });
  await clock.advance(95);
  await done;
  expect(wait.busyForMs).toBe(0);
  const again = clock.now();
  const second = lockUntil(clock, again + 90);
  const more = wait.run(second.step, { arrivedAt: start });
  await clock.advance(95);
  expect(await more).toBe('done');
});
