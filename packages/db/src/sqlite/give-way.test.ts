import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { GiveWay } from './give-way.ts';
import { LockWait } from './lock-wait.ts';
import { SqliteError } from './sqlite-error.ts';

const setUp = async (met: boolean) => {
  const clock = createVirtualClock();
  const lock = new LockWait(clock, 1_000);
  if (met) {
    let asked = 0;
    const step = (): void => {
      asked += 1;
      if (asked === 1) throw new SqliteError('SQLITE_BUSY', 'locked');
    };
    const waiting = lock.run(step, { arrivedAt: clock.now() });
    await clock.advance(2);
    await waiting;
  }
  const giveWay = new GiveWay(clock, lock);
  const hold = async (ms: number): Promise<void> => {
    giveWay.taken();
    await clock.advance(ms);
    giveWay.freed();
  };
  return { clock, giveWay, hold };
};

test('a process that has met no lock gives way to nobody', async () => {
  const { giveWay, hold } = await setUp(false);
  await hold(20);
  expect(giveWay.due()).toBeUndefined();
});

test('a process that is not alone gives way for a millisecond after 5 ms of holding, in one go or in parts', async () => {
  const { clock, giveWay, hold } = await setUp(true);
  await hold(2);
  expect(giveWay.due()).toBeUndefined();
  await hold(3);
  const pause = giveWay.due();
  expect(pause).toBeInstanceOf(Promise);
  await clock.advance(1);
  await pause;
  expect(giveWay.due()).toBeUndefined();
});

test('it counts anew once the lock has been free for a millisecond, and forgets the others after 200 ms', async () => {
  const { clock, giveWay, hold } = await setUp(true);
  await hold(4);
  await clock.advance(1);
  expect(giveWay.due()).toBeUndefined();
  await hold(4);
  expect(giveWay.due()).toBeUndefined();
  await clock.advance(200);
  await hold(10);
  expect(giveWay.due()).toBeUndefined();
});
