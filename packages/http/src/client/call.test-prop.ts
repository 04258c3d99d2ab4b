import { createVirtualClock } from '@resilient/testing';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { ApiCallError, createApiClient, forget } from '../index.ts';

afterEach(() => forget());

const step = fc.oneof(
  fc.constant('ok' as const),
  fc.constant('hang' as const),
  fc.constantFrom(400, 404, 408, 429, 500, 503, 529),
  fc.constantFrom('ECONNREFUSED', 'ECONNRESET'),
);
/** Without a hint, a rate limit's backoff begins here. */
const LIMITED_MS = 1_000;
const HINT_MS = 300;
const HINTED: ReadonlySet<unknown> = new Set([503]);
const headersOf = (status: number): object =>
  HINTED.has(status) ? { 'retry-after-ms': String(HINT_MS) } : {};
const RANK = ['not-sent', 'rejected', 'unknown'];

test('whatever the other side does, a call keeps to its bounds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        steps: fc.array(step, { minLength: 1, maxLength: 12 }),
        maxRetries: fc.nat(5),
        timeoutMs: fc.integer({ min: 1, max: 20_000 }),
        idempotent: fc.boolean(),
        seed: fc.nat(),
      }),
      async ({ steps, seed, ...settings }) => {
        forget();
        const clock = createVirtualClock({ seed });
        const client = createApiClient({ name: 'other', clock, random: clock.random, ...settings });
        const startedAt: number[] = [];
        const call = client.call(async () => {
          startedAt.push(clock.now());
          const next = steps[startedAt.length - 1] ?? 'ok';
          if (next === 'ok') return 'done';
          if (next === 'hang') return new Promise<string>(() => {});
          throw Object.assign(
            new Error('failed'),
            typeof next === 'number' ? { status: next, headers: headersOf(next) } : { code: next },
          );
        });
        const ended = await clock.settle(call.catch((error: unknown) => error));
        const attempts = startedAt.length;
        const answered = steps[attempts - 1] ?? 'ok';
        if (attempts > 0) expect(ended === 'done').toBe(answered === 'ok'); // a success is never thrown away
        expect(attempts).toBeLessThanOrEqual(settings.maxRetries + 1);
        expect(clock.now()).toBeLessThanOrEqual(settings.timeoutMs);
        for (const at of startedAt) expect(at).toBeLessThan(settings.timeoutMs);
        const stats = client.stats();
        expect(stats).toMatchObject({ calls: 1, running: 0, attempts, attemptsRunning: 0 });
        expect(stats.budget).toBeGreaterThanOrEqual(0);
        expect(stats.budget).toBeLessThanOrEqual(500);
        expect(clock.pending).toBe(0);
        if (ended === 'done') return;
        expect(ended).toBeInstanceOf(ApiCallError);
        const error = ended as ApiCallError;
        expect(error.attempts).toHaveLength(attempts);
        for (const [n, { delayMs, delaySource }] of error.attempts.entries()) {
          if (delayMs === undefined) continue;
          const ceiling = 100 * 2 ** n;
          if (delaySource === 'backoff')
            expect(delayMs).toBeLessThanOrEqual(Math.max(ceiling, LIMITED_MS * 2 ** n));
          if (HINTED.has(steps[n])) expect(delayMs).toBeGreaterThanOrEqual(HINT_MS);
          expect(
            (startedAt[n + 1] ?? Number.POSITIVE_INFINITY) - (startedAt[n] as number),
          ).toBeGreaterThanOrEqual(delayMs);
        }
        const worst = Math.max(...error.attempts.map(({ outcome }) => RANK.indexOf(outcome)));
        expect(error.outcome).toBe(RANK[worst]);
      },
    ),
    { numRuns: 300 },
  );
});
