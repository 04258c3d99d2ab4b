import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forget, resilientApiCall } from '../index.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(() => forget());

test('an attempt that has answered cannot time out while its body is judged', async () => {
  const events: ResilienceEvent[] = [];
  const stop = onResilienceEvent((event) => events.push(event));
  const refusal = new Response(new ReadableStream(), {
    status: 429,
    headers: { 'content-type': 'application/json' },
  });
  let given: AbortSignal | undefined;
  const call = resilientApiCall(
    ({ signal }) => {
      given = signal;
      return Promise.resolve(refusal);
    },
    { clock, attemptTimeoutMs: 1_000, maxRetries: 0 },
  );
  expect(await clock.settle(call)).toBe(refusal);
  stop();
  expect(clock.now()).toBeLessThanOrEqual(1_000);
  expect(given?.aborted).toBe(false);
  expect(events.filter(({ kind }) => kind === 'timeout')).toEqual([]);
  expect(clock.pending).toBe(0);
});

test('an attempt that fails with nothing has not run out of time', async () => {
  const call = resilientApiCall(() => Promise.reject(), { clock, maxRetries: 3 });
  const error = await clock.settle(call.catch((thrown: unknown) => thrown));
  expect(error).toMatchObject({ code: 'REJECTED', stopReason: 'permanent', attempts: [{ kind: 'unknown' }] });
});
