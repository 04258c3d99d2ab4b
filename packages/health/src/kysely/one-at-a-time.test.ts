import { AsyncLocalStorage } from 'node:async_hooks';
import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { OneAtATime } from './one-at-a-time.ts';

const patient = new AbortController().signal;

/** Work that ends when it is told to. */
function work(): { readonly run: () => Promise<void>; end(): void; readonly started: boolean } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let started = false;
  return {
    run: () => {
      started = true;
      return promise;
    },
    end: resolve,
    get started() {
      return started;
    },
  };
}

test('runs one at a time, and goes on after one that fails', async () => {
  const clock = createVirtualClock();
  const line = new OneAtATime(clock);
  let running = 0;
  let most = 0;
  const ended = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      line.run(async () => {
        running += 1;
        most = Math.max(most, running);
        await clock.advance(1);
        running -= 1;
        if (index % 3 === 0) throw new Error(`no ${index}`);
        return index;
      }, patient),
    ),
  );
  expect(most).toBe(1);
  expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(7);
});

test('one that is given up before its turn is never run', async () => {
  const line = new OneAtATime(createVirtualClock());
  const [first, second] = [work(), work()];
  const one = line.run(first.run, patient);
  const controller = new AbortController();
  const two = line.run(second.run, controller.signal);
  controller.abort(new Error('too late'));
  await expect(two).rejects.toThrow('too late');
  first.end();
  await one;
  await expect(line.run(second.run, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  expect(second.started).toBe(false);
});

test('one that has not ended for 30 s is passed by, once until it ends', async () => {
  const clock = createVirtualClock();
  const line = new OneAtATime(clock);
  const [lost, next, last] = [work(), work(), work()];
  const one = line.run(lost.run, patient);
  await clock.advance(29_999);
  const early = new AbortController();
  const refused = line.run(next.run, early.signal);
  early.abort(new Error('too early'));
  await expect(refused).rejects.toThrow('too early');
  await clock.advance(1);
  const two = line.run(next.run, patient);
  await clock.advance(0);
  expect(next.started).toBe(true);
  await clock.advance(60_000);
  const three = line.run(last.run, patient);
  await clock.advance(0);
  expect(last.started).toBe(false);
  lost.end();
  await one;
  next.end();
  await two;
  last.end();
  await three;
  expect(last.started).toBe(true);
});

test('what calls it may be inside a transaction: the work runs outside', async () => {
  const transaction = new AsyncLocalStorage<string>();
  const line = new OneAtATime(createVirtualClock());
  const first = work();
  const one = line.run(first.run, patient);
  const seen = transaction.run('inside', () =>
    line.run(async () => transaction.getStore() ?? 'outside', patient),
  );
  first.end();
  await one;
  expect(await seen).toBe('outside');
});
