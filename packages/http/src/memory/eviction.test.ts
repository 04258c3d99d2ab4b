import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createVirtualClock } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { createApiClient, forget, resilientApiCall } from '../index.ts';

afterEach(() => forget());

const held = (): number =>
  ((globalThis as never)[Symbol.for('@resilient/http/memory/1')] as Map<string, unknown>).size;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

async function heapAfterGc(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

test('100,000 names stay a thousand memories, and no more heap than 10,000 took', async () => {
  const use = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n += 1) await resilientApiCall(() => 'done', { name: `name-${n}` });
  };
  await use(0, 10_000);
  const before = await heapAfterGc();
  await use(10_000, 100_000);
  expect(held()).toBe(1_000);
  expect((await heapAfterGc()) / before).toBeLessThan(1.05);
}, 240_000);

test('the one that was used least recently goes; open, busy and awaited ones stay', async () => {
  const clock = createVirtualClock();
  const named = (name: string) => createApiClient({ name, clock, maxRetries: 0 });
  const open = named('open');
  open.breaker.open();
  const busy = named('busy');
  const running = busy.call(() => clock.sleep(20_000));
  const limited = named('limited');
  const refused = Object.assign(new Error('x'), { status: 429, headers: { 'retry-after': '30' } });
  await limited.call(() => Promise.reject(refused)).catch(() => {});
  const waiting = limited.call(() => 'served');
  const old = named('old');
  await old.call(() => 'done');
  const recent = named('recent');
  await clock.advance(1_000);
  await recent.call(() => 'done');
  for (let n = 0; n < 996; n += 1) named(`filler-${n}`);
  expect(held()).toBe(1_000);
  expect(old.stats().calls).toBe(0); // its memory went, and a new one came
  expect(recent.stats().calls).toBe(1);
  expect(open.breaker.state).toBe('open');
  expect(await clock.settle(waiting)).toBe('served');
  await clock.settle(running);
  expect(busy.stats().successes).toBe(1);
});
