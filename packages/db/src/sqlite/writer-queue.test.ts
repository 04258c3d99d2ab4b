import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { WriterQueue } from './writer-queue.ts';

const until = (clock: { now(): number }, ms: number): { deadline: number } => ({
  deadline: clock.now() + ms,
});

test('turns are given in the order of arrival, and no newcomer takes one that is handed on', async () => {
  const clock = createVirtualClock();
  const queue = new WriterQueue(clock);
  await queue.enter(until(clock, 100));
  const order: number[] = [];
  const waiting = [1, 2, 3].map((number) => queue.enter(until(clock, 100)).then(() => order.push(number)));
  expect(queue.waiting).toBe(3);
  queue.leave();
  const newcomer = queue.enter(until(clock, 100)).then(() => order.push(4));
  for (let turn = 0; turn < 3; turn += 1) {
    await clock.advance(1);
    queue.leave();
  }
  await Promise.all([...waiting, newcomer]);
  expect(order).toEqual([1, 2, 3, 4]);
  queue.leave();
  expect(queue.heldForMs).toBeUndefined();
  expect(clock.pending).toBe(0);
});

test('a turn that does not come in time is POOL_EXHAUSTED, and says who holds the connection', async () => {
  const clock = createVirtualClock();
  const queue = new WriterQueue(clock);
  await queue.enter(until(clock, 100));
  const late = queue.enter(until(clock, 50));
  const seen = expect(late).rejects.toMatchObject({
    code: 'POOL_EXHAUSTED',
    message: expect.stringContaining('for 50 ms'),
  });
  await clock.advance(60);
  await seen;
  expect(queue.waiting).toBe(0);
});

test('an aborted waiter leaves with the reason of its signal, and its turn goes to the next', async () => {
  const clock = createVirtualClock();
  const queue = new WriterQueue(clock);
  await queue.enter(until(clock, 100));
  const controller = new AbortController();
  const reason = new Error('enough');
  const aborted = expect(queue.enter({ ...until(clock, 100), signal: controller.signal })).rejects.toBe(
    reason,
  );
  const next = queue.enter(until(clock, 100));
  controller.abort(reason);
  await aborted;
  queue.leave();
  await next;
  await expect(queue.enter({ ...until(clock, 100), signal: controller.signal })).rejects.toBe(reason);
});

test('the 10,001st waiter is refused at once', async () => {
  const clock = createVirtualClock();
  const queue = new WriterQueue(clock);
  await queue.enter(until(clock, 100));
  const waiting = Array.from({ length: 10_000 }, () => queue.enter(until(clock, 100)));
  await expect(queue.enter(until(clock, 100))).rejects.toMatchObject({ code: 'POOL_EXHAUSTED' });
  queue.refuseWaiting();
  const ends = await Promise.allSettled(waiting);
  expect(new Set(ends.map((end) => (end.status === 'rejected' ? end.reason.code : 'let in')))).toEqual(
    new Set(['CLOSED']),
  );
});

test('a closed queue refuses newcomers, and ends when those who were there are through', async () => {
  const clock = createVirtualClock();
  const queue = new WriterQueue(clock);
  await queue.enter(until(clock, 100));
  const waiting = queue.enter(until(clock, 100));
  let closed = false;
  const closing = queue.close().then(() => {
    closed = true;
  });
  await expect(queue.enter(until(clock, 100))).rejects.toMatchObject({ code: 'CLOSED' });
  queue.leave();
  await waiting;
  expect(closed).toBe(false);
  queue.leave();
  await closing;
});
