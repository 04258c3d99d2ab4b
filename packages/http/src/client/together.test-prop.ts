import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { type ApiClient, createApiClient, forget } from '../index.ts';

afterEach(() => forget());

const step = fc.record({
  ms: fc.constantFrom(0, 5, 40, 300),
  does: fc.constantFrom('ok', 'ok', 'ok', 'hang', 400, 429, 500, 503, 529, 'ECONNREFUSED', 'ECONNRESET'),
});
type Step = { readonly ms: number; readonly does: string | number };

const scenario = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
  calls: fc.integer({ min: 1, max: 12 }),
  limit: fc.integer({ min: 1, max: 6 }),
  queue: fc.nat(8),
  maxRetries: fc.nat(3),
  idempotent: fc.boolean(),
  hedged: fc.boolean(),
  aborts: fc.array(fc.nat(2_000), { maxLength: 4 }),
  seed: fc.nat(),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never;

/** Plays a scenario, looking at the sums at every moment at which something happens; answers its history. */
async function play(
  clock: VirtualClock,
  given: Scenario,
  look: (client: ApiClient, running: number) => void,
) {
  const { steps, calls, limit, queue, maxRetries, idempotent, hedged, aborts } = given;
  const client = createApiClient({
    name: 'other',
    clock,
    random: clock.random,
    concurrency: { limit, queue },
    maxRetries,
    idempotent,
    timeoutMs: 20_000,
    ...(hedged ? { hedge: { afterMs: 50 } } : {}),
  });
  const history: unknown[] = [];
  let sent = 0;
  let running = 0;
  const work = async (signal: AbortSignal): Promise<string> => {
    const { ms, does } = steps[sent++ % steps.length] as Step;
    history.push([clock.now(), 'sent']);
    running += 1;
    look(client, running);
    try {
      await clock.sleep(does === 'hang' ? 1e7 : ms, signal);
      if (does === 'ok') return 'done';
      throw Object.assign(
        new Error('failed'),
        typeof does === 'number' ? { status: does, headers: { 'retry-after': '1' } } : { code: does },
      );
    } finally {
      running -= 1;
    }
  };
  const ends = Array.from({ length: calls }, (_, n) => {
    const caller = new AbortController();
    const abortAt = aborts[n];
    if (abortAt !== undefined) clock.setTimer(() => caller.abort(), abortAt);
    return client
      .call(({ signal }) => work(signal), { signal: caller.signal })
      .then(
        (value) => history.push([clock.now(), value]),
        (error: { code: string }) => history.push([clock.now(), error.code]),
      );
  });
  let left = true;
  void Promise.all(ends).then(() => {
    left = false;
  });
  while (left) {
    const stats = client.stats();
    const kinds = Object.values(stats.attemptsByKind).reduce((a, b) => a + b, 0);
    expect(stats.calls).toBe(stats.successes + stats.failures + stats.running);
    expect(stats.attempts).toBe(stats.callsSent + stats.retries + stats.hedges);
    expect(stats.attempts).toBe(stats.attemptsRunning + stats.attemptsOk + kinds);
    expect(stats.attemptsRunning).toBeLessThanOrEqual(limit);
    expect(stats.attempts).toBeLessThanOrEqual(calls * (maxRetries + 1) + stats.hedges);
    expect(stats.budget).toBeGreaterThanOrEqual(0);
    expect(stats.budget).toBeLessThanOrEqual(500);
    if (!(await clock.advanceToNext())) break;
  }
  expect(clock.now()).toBeLessThanOrEqual(20_000);
  await clock.advance(2_000);
  expect(client.stats()).toMatchObject({ running: 0, attemptsRunning: 0, queued: 0, calls });
  expect(clock.pending).toBe(0);
  return history;
}

test('calls that share a name keep to their limits, and their counts add up at every moment', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      forget();
      await play(createVirtualClock({ seed: given.seed }), given, (client, running) => {
        expect(running).toBeLessThanOrEqual(given.limit);
        expect(client.stats().attemptsRunning).toBeGreaterThanOrEqual(running);
      });
    }),
    { numRuns: 200 },
  );
}, 240_000);

test('the same seed has the same history', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const histories: unknown[][] = [];
      for (let turn = 0; turn < 2; turn += 1) {
        forget();
        histories.push(await play(createVirtualClock({ seed: given.seed }), given, () => {}));
      }
      expect(histories[0]).toEqual(histories[1]);
    }),
    { numRuns: 50 },
  );
}, 240_000);
