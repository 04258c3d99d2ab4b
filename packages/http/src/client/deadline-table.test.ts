import { getEventListeners } from 'node:events';
import { createVirtualClock } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import {
  type ApiClientOptions,
  type CallContext,
  type CallOptions,
  createApiClient,
  forget,
} from '../index.ts';

afterEach(() => forget());

/** What an attempt does: milliseconds that it takes, then a status, or `'hang'`; a hint in seconds may follow. */
type Step = readonly [ms: number, status: number, hint?: number] | 'hang' | 'deaf';

interface Row {
  readonly what: string;
  readonly steps: readonly Step[];
  readonly options?: Partial<ApiClientOptions>;
  readonly call?: CallOptions;
  /** When the caller gives up. */
  readonly abortAt?: number;
  /** Before the call: a 429 closes the gate, the slots are taken for so long, or the circuit opens. */
  readonly gate?: number;
  readonly full?: number;
  readonly open?: boolean;
  /** The code, or `done`; when it ended; attempts made. */
  readonly ends: readonly [code: string, at: number, attempts: number];
}

const ok: Step = [10, 200];
const rows: readonly Row[] = [
  // total against attempt
  {
    what: 'a hang of one attempt',
    steps: ['hang', ok],
    call: { timeoutMs: 10_000 },
    ends: ['done', 5_010, 2],
  },
  {
    what: 'two hangs',
    steps: ['hang', 'hang', ok],
    call: { timeoutMs: 10_000 },
    ends: ['TIMEOUT', 10_000, 2],
  },
  {
    what: 'a hang of 300 s',
    steps: ['hang', ok],
    call: { timeoutMs: 300_000 },
    ends: ['done', 150_010, 2],
  },
  { what: 'a hang, 60 s by default', steps: ['hang', 'hang'], ends: ['TIMEOUT', 60_000, 2] },
  { what: 'a deaf function', steps: ['deaf', ok], call: { timeoutMs: 10_000 }, ends: ['done', 5_010, 2] },
  {
    what: 'only deaf functions',
    steps: ['deaf', 'deaf'],
    call: { timeoutMs: 400 },
    ends: ['TIMEOUT', 400, 2],
  },
  {
    what: 'attempts of 1 s',
    steps: ['hang', 'hang', ok],
    call: { attemptTimeoutMs: 1_000 },
    ends: ['done', 2_010, 3],
  },
  {
    what: 'no retry left',
    steps: ['hang'],
    call: { attemptTimeoutMs: 100, maxRetries: 0 },
    ends: ['TIMEOUT', 100, 1],
  },
  {
    what: 'an attempt cut by the total',
    steps: [[700, 500], 'hang'],
    call: { timeoutMs: 1_000, attemptTimeoutMs: 900 },
    ends: ['TIMEOUT', 1_000, 2],
  },
  { what: 'no limits', steps: [[1e6, 200]], call: { timeoutMs: Infinity }, ends: ['done', 1e6, 1] },
  {
    what: 'no total limit',
    steps: ['hang', ok],
    call: { timeoutMs: Infinity, attemptTimeoutMs: 50 },
    ends: ['done', 60, 2],
  },
  { what: '1 ms', steps: ['hang'], call: { timeoutMs: 1 }, ends: ['TIMEOUT', 1, 2] },
  {
    what: 'an answer at the last moment',
    steps: [[499, 200]],
    call: { timeoutMs: 1_000 },
    ends: ['done', 499, 1],
  },
  {
    what: 'not repeatable',
    steps: ['hang', ok],
    call: { timeoutMs: 10_000, idempotent: false },
    ends: ['OUTCOME_UNKNOWN', 5_000, 1],
  },
  // the hint against the deadline
  { what: 'a hint of 0', steps: [[10, 503, 0], ok], ends: ['done', 20, 2] },
  { what: 'a hint of 1 ms', steps: [[10, 503, 0.001], ok], ends: ['done', 21, 2] },
  {
    what: 'a hint that fits',
    steps: [[10, 503, 2], ok],
    call: { timeoutMs: 3_000 },
    ends: ['done', 2_020, 2],
  },
  {
    what: 'a hint of exactly what is left',
    steps: [[1_000, 503, 2], ok],
    call: { timeoutMs: 3_000, attemptTimeoutMs: 3_000 },
    ends: ['RATE_LIMITED', 1_000, 1],
  },
  {
    what: 'a hint of 1 ms more',
    steps: [[1_001, 503, 2], ok],
    call: { timeoutMs: 3_000, attemptTimeoutMs: 3_000 },
    ends: ['RATE_LIMITED', 1_001, 1],
  },
  {
    what: 'a hint of 1 ms less',
    steps: [[999, 503, 2], ok],
    call: { timeoutMs: 3_000, attemptTimeoutMs: 3_000 },
    ends: ['TIMEOUT', 3_000, 2],
  },
  { what: 'a hint of a year', steps: [[10, 503, 31_536_000]], ends: ['RATE_LIMITED', 10, 1] },
  { what: 'a negative hint', steps: [[10, 503, -5], ok], ends: ['done', 20, 2] },
  { what: 'a 429', steps: [[10, 429, 2], ok], ends: ['done', 2_030, 2] },
  { what: 'a 429 too long', steps: [[10, 429, 90]], ends: ['RATE_LIMITED', 10, 1] },
  {
    what: 'a 429 without retries',
    steps: [[10, 429, 2]],
    call: { maxRetries: 0 },
    ends: ['RATE_LIMITED', 10, 1],
  },
  {
    what: 'a backoff too long',
    steps: [[10, 500], ok],
    options: { backoff: () => 70_000 },
    ends: ['TIMEOUT', 10, 1],
  },
  // waits against the deadline
  { what: 'a gate that opens in time', steps: [ok], gate: 2, ends: ['done', 2_020, 1] },
  {
    what: 'a gate that opens too late',
    steps: [],
    gate: 2,
    call: { timeoutMs: 2_000 },
    ends: ['RATE_LIMITED', 0, 0],
  },
  { what: 'a slot in time', steps: [ok], full: 500, ends: ['done', 510, 1] },
  { what: 'a slot too late', steps: [], full: 500, call: { timeoutMs: 300 }, ends: ['TIMEOUT', 300, 0] },
  { what: 'a gate, then a slot', steps: [ok], gate: 1, full: 1_500, ends: ['done', 1_510, 1] },
  { what: 'an open circuit', steps: [], open: true, ends: ['CIRCUIT_OPEN', 0, 0] },
  {
    what: 'a circuit that is waited for',
    steps: [ok],
    open: true,
    call: { waitForBreaker: true },
    ends: ['done', 2_510, 1],
  },
  {
    what: 'a circuit that opens too late',
    steps: [],
    open: true,
    call: { waitForBreaker: true, timeoutMs: 2_000 },
    ends: ['CIRCUIT_OPEN', 0, 0],
  },
  // aborts in each phase
  { what: 'before', steps: [], abortAt: 0, ends: ['ABORTED', 0, 0] },
  { what: 'in the attempt', steps: ['hang'], abortAt: 700, ends: ['ABORTED', 700, 1] },
  { what: 'in a deaf attempt', steps: ['deaf'], abortAt: 700, ends: ['ABORTED', 700, 1] },
  { what: 'in the second attempt', steps: [[10, 500], 'hang'], abortAt: 700, ends: ['ABORTED', 700, 2] },
  {
    what: 'in the backoff',
    steps: [[10, 500]],
    options: { backoff: () => 5_000 },
    abortAt: 700,
    ends: ['ABORTED', 700, 1],
  },
  { what: 'in the wait for a hint', steps: [[10, 503, 5]], abortAt: 700, ends: ['ABORTED', 700, 1] },
  { what: 'in the wait after a 429', steps: [[10, 429, 5]], abortAt: 700, ends: ['ABORTED', 700, 1] },
  { what: 'at the gate', steps: [], gate: 5, abortAt: 700, ends: ['ABORTED', 700, 0] },
  { what: 'in the queue', steps: [], full: 5_000, abortAt: 700, ends: ['ABORTED', 700, 0] },
  {
    what: 'while the circuit is waited for',
    steps: [],
    open: true,
    call: { waitForBreaker: true },
    abortAt: 700,
    ends: ['ABORTED', 700, 0],
  },
  {
    what: 'beside a hedge',
    steps: ['hang', 'hang'],
    options: { hedge: { afterMs: 100 } },
    abortAt: 700,
    ends: ['ABORTED', 700, 2],
  },
  { what: 'after the end', steps: [ok], abortAt: 700, ends: ['done', 10, 1] },
];

test('the table has at least 40 rows', () => expect(rows.length).toBeGreaterThanOrEqual(40));

test.each(rows)('$what: $ends', async ({ steps, options, call: given, abortAt, gate, full, open, ends }) => {
  const clock = createVirtualClock();
  const client = createApiClient({
    name: 'other',
    clock,
    random: () => 0,
    idempotent: true,
    concurrency: 1 + (options?.hedge ? 1 : 0),
    ...options,
  });
  const answer = async (step: Step, signal: AbortSignal): Promise<string> => {
    if (step === 'deaf') return new Promise<string>(() => {});
    if (step === 'hang') await clock.sleep(1e9, signal);
    const [ms, status, hint] = step as Exclude<Step, string>;
    await clock.sleep(ms, signal);
    const headers = hint === undefined ? {} : { 'retry-after': String(hint) };
    if (status !== 200) throw Object.assign(new Error(`HTTP ${status}`), { status, headers });
    return 'done';
  };
  if (gate !== undefined) {
    const refused = Object.assign(new Error('x'), { status: 429, headers: { 'retry-after': String(gate) } });
    await client.call(() => Promise.reject(refused), { maxRetries: 0 }).catch(() => {});
  }
  const caller = new AbortController();
  const blocker =
    full === undefined
      ? undefined
      : client.call(() => clock.sleep(full), gate === undefined ? {} : { rateLimitKey: 'another' });
  if (open) client.breaker.open();
  if (abortAt === 0) caller.abort();
  else if (abortAt !== undefined) clock.setTimer(() => caller.abort(), abortAt);
  let attempts = 0;
  const call = client.call(({ signal }: CallContext) => answer(steps[attempts++] ?? 'hang', signal), {
    ...given,
    signal: caller.signal,
  });
  let endedAt = Number.NaN;
  const ended = call
    .catch((error: { code: string }) => error.code)
    .finally(() => {
      endedAt = clock.now();
    });
  const result = await clock.settle(ended, { maxMs: 2e6 });
  expect([result, endedAt, attempts]).toEqual(ends);
  await clock.advance(6_000);
  await blocker;
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  expect(clock.pending).toBe(0);
  const stats = client.stats();
  expect(stats).toMatchObject({ running: 0, attemptsRunning: 0, queued: 0 });
  expect(stats.calls).toBe(stats.successes + stats.failures);
});
