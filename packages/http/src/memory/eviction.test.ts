import { createVirtualClock } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { createApiClient, forget, resilientApiCall } from '../index.ts';

afterEach(() => forget());

const held = (): number =>
  ((globalThis as never)[Symbol.for('@resilient/http/memory/1')] as Map<string, unknown>).size;

test('20,000 names stay a thousand memories', async () => {
  for (let n = 0; n < 20_000; n += 1) await resilientApiCall(() => 'done', { name: `name-${n}` });
  expect(held()).toBe(1_000);
}, 30_000);

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
