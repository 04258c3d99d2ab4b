import { createFlakyServer, type FlakyScript, type FlakyStep } from '@resilient/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiCallError, forget, type ResilientFetchOptions, resilientApiCall } from '../src/index.ts';
import { type Sdk, type Stage, sdks, stageOf, thrownBy } from './sdks.ts';

afterEach(() => forget());

/** Our error behind an SDK's: openai, anthropic and octokit keep it as the cause, stripe as its detail. */
const behind = (error: unknown): unknown => {
  const { cause, detail } = error as { cause?: unknown; detail?: unknown };
  return cause ?? detail;
};

/** The name of an SDK's class. */
const classOf = (error: object): string => error.constructor.name;

const CONNECTION: Record<string, string> = {
  openai: 'APIConnectionError',
  anthropic: 'APIConnectionError',
  stripe: 'StripeConnectionError',
  octokit: 'RequestError',
};
const TIMEOUT: Record<string, string> = {
  ...CONNECTION,
  openai: 'APIConnectionTimeoutError',
  anthropic: 'APIConnectionTimeoutError',
};

interface Case {
  readonly code: string;
  readonly script: FlakyScript;
  readonly options: ResilientFetchOptions;
  /** Makes the error come at the next call. */
  readonly before?: (stage: Stage) => Promise<unknown>;
  /** Requests of the call that fails. */
  readonly requests: number;
}

const limited: FlakyStep = { status: 429, headers: { 'retry-after': '30' }, json: {} };
const cases: readonly Case[] = [
  { code: 'OUTCOME_UNKNOWN', script: { reset: true }, options: { idempotent: false }, requests: 1 },
  { code: 'RETRIES_EXHAUSTED', script: { reset: true }, options: { maxRetries: 2 }, requests: 3 },
  { code: 'TIMEOUT', script: { hang: true }, options: { attemptTimeoutMs: 700, maxRetries: 1 }, requests: 2 },
  {
    code: 'BUDGET_EXHAUSTED',
    script: { reset: true },
    options: { budget: { capacity: 1, minPerSecond: 0 } },
    requests: 1,
  },
  {
    code: 'CIRCUIT_OPEN',
    script: { reset: true },
    options: { breaker: { consecutiveFailures: 1 }, maxRetries: 0 },
    before: (stage) => thrownBy(stage.ask()),
    requests: 0,
  },
  {
    code: 'RATE_LIMITED',
    script: limited,
    options: { maxRetries: 0, timeoutMs: 20_000 },
    before: (stage) => stage.ask().catch(() => {}),
    requests: 0,
  },
  {
    code: 'SATURATED',
    script: { hang: true },
    options: { concurrency: { limit: 1, queue: 0 }, attemptTimeoutMs: 20_000, maxRetries: 0 },
    before: async (stage) => {
      stage.ask().catch(() => {});
      while (stage.server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    requests: 0,
  },
];

async function failOn(sdk: Sdk, { script, options, before }: Case) {
  await using stage = await stageOf(sdk, script, { idempotent: true, ...options });
  await before?.(stage);
  const [requests, fetches] = [stage.server.requests.length, stage.fetches()];
  const error = await thrownBy(stage.ask());
  return {
    error,
    requests: stage.server.requests.length - requests,
    fetches: stage.fetches() - fetches,
  };
}

describe.each(sdks)('$name', (sdk) => {
  test.each(cases)('throws its error of a connection for $code, and does not retry', async (one) => {
    const { error, requests, fetches } = await failOn(sdk, one);
    expect(classOf(error)).toBe((one.code === 'TIMEOUT' ? TIMEOUT : CONNECTION)[sdk.name]);
    const ours = behind(error);
    // anthropic throws its error of timeouts without a cause
    if (sdk.name !== 'anthropic' || one.code !== 'TIMEOUT') {
      expect(ours).toBeInstanceOf(ApiCallError);
      expect(ours).toMatchObject({ code: one.code }); // no errno, which stripe would repeat
    }
    expect([requests, fetches]).toEqual([one.requests, 1]);
  });

  test('an answer that breaks off is not asked for again behind the SDK’s back', async () => {
    await using stage = await stageOf(sdk, { json: sdk.good, truncate: true }, { idempotent: true });
    await stage.ask().catch(() => {}); // octokit takes it for an empty answer
    expect([stage.server.requests.length, stage.fetches()]).toEqual([1, 1]);
  });

  test('around it, a refused connection was not sent', async () => {
    const server = await createFlakyServer();
    await server.close();
    const ask = sdk.on(server.port);
    const error = await thrownBy(resilientApiCall(() => ask(), { backoff: () => 0 }));
    expect(error).toMatchObject({ code: 'RETRIES_EXHAUSTED', outcome: 'not-sent', status: undefined });
    expect(error.attempts).toHaveLength(4);
  });

  test.each<[string, FlakyStep]>([
    ['a reset', { reset: true }],
    ['a closed connection', { close: true }],
    ['bytes that are no HTTP', { garbage: true }],
    ...(sdk.name === 'octokit'
      ? []
      : [['a truncated body', { json: sdk.good, truncate: true }] as [string, FlakyStep]]),
  ])('around it, %s is of unknown outcome', async (_, step) => {
    await using server = await createFlakyServer([step, { json: sdk.good }]);
    const ask = sdk.on(server.port, globalThis.fetch);
    expect(await thrownBy(resilientApiCall(() => ask(), { backoff: () => 0 }))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      outcome: 'unknown',
    });
    expect(server.requests).toHaveLength(1);
    server.set([step, { json: sdk.good }]);
    await resilientApiCall(() => ask(), { idempotent: true, backoff: () => 0 });
    expect(server.requests).toHaveLength(3);
  });

  test.each<[number, object, Partial<ApiCallError>]>([
    [400, {}, { code: 'REJECTED', outcome: 'rejected', status: 400 }],
    [401, {}, { code: 'REJECTED', outcome: 'rejected', status: 401 }],
    [429, { type: 'insufficient_quota' }, { code: 'REJECTED', status: 429 }],
    [500, {}, { code: 'OUTCOME_UNKNOWN', outcome: 'unknown', status: 500 }],
    [503, {}, { code: 'OUTCOME_UNKNOWN', outcome: 'unknown', status: 503 }],
    [529, {}, { code: 'RETRIES_EXHAUSTED', outcome: 'rejected', status: 529 }],
  ])('around it, a %i %o says what it means', async (status, fields, expected) => {
    await using server = await createFlakyServer({ status, json: { error: { message: 'no', ...fields } } });
    const ask = sdk.on(server.port, globalThis.fetch);
    const error = await thrownBy(resilientApiCall(() => ask(), { backoff: () => 0 }));
    expect(error).toMatchObject(expected);
    expect((error.cause as Error).constructor.name).not.toBe('Error'); // the SDK's own, untouched
  });
});

test.each(sdks.filter(({ name }) => name !== 'stripe'))('$name knows its user’s abort', async (sdk) => {
  await using stage = await stageOf(sdk, { hang: true }, { idempotent: true });
  const caller = new AbortController();
  const call = thrownBy(stage.ask({ signal: caller.signal }));
  while (stage.server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  caller.abort();
  const error = await call;
  expect(classOf(error)).toBe(sdk.name === 'octokit' ? 'DOMException' : 'APIUserAbortError');
  expect([stage.server.requests.length, stage.fetches()]).toEqual([1, 1]);
});
