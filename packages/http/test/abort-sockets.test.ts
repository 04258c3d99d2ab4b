import { getEventListeners } from 'node:events';
import { createFlakyServer, type FlakyScript, type FlakyServer } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { createApiClient, createResilientFetch, forget, type MemoryOptions } from '../src/index.ts';
import { thrownBy } from './sdks.ts';

afterEach(() => forget());

type Way = 'drop-in fetch' | 'call around fetch';

interface Row {
  readonly phase: string;
  readonly script: FlakyScript;
  /** What is done with the response, until the abort ends it; without it there is none. */
  readonly read?: (response: Response, abort: () => void) => Promise<unknown>;
  /** Requests that have arrived when the caller gives up. */
  readonly requests: number;
  readonly options?: MemoryOptions & { backoff?: () => number; hedge?: { afterMs: number } };
}

const close = { connection: 'close' };
const half = { body: 'x'.repeat(100_000), hang: 'body', headers: close } as const;
const failed = { status: 500, headers: close };

const rows: readonly Row[] = [
  { phase: 'before the head', script: { hang: true }, requests: 1 },
  {
    phase: 'between head and body',
    script: half,
    requests: 1,
    read(response, abort) {
      abort();
      return response.text();
    },
  },
  {
    phase: 'in the middle of the body',
    script: half,
    requests: 1,
    async read({ body }, abort) {
      const reader = body?.getReader();
      await reader?.read();
      abort();
      for (;;) await reader?.read();
    },
  },
  { phase: 'before the second head', script: [failed, { hang: true }], requests: 2 },
  { phase: 'in the backoff', script: failed, requests: 1, options: { backoff: () => 5_000 } },
  {
    phase: 'while the body of a 429 is looked at',
    script: {
      status: 429,
      headers: { 'content-type': 'application/json' },
      body: '{"error":{}}',
      hang: 'body',
    },
    requests: 1,
  },
  {
    phase: 'while a rate limit is waited for',
    script: { status: 429, headers: { ...close, 'retry-after': '9' } },
    requests: 1,
  },
  { phase: 'beside a hedge', script: { hang: true }, requests: 2, options: { hedge: { afterMs: 30 } } },
];

const ways: readonly Way[] = ['drop-in fetch', 'call around fetch'];
const table = rows.flatMap((row) => ways.map((way) => ({ way, ...row })));

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 3_000 && !isSo(); turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Whether each exchange is over, as the server sees it: an idle connection of fetch's pool is no exchange. */
async function expectNoneOpen({ requests }: FlakyServer): Promise<void> {
  const open = (): number => requests.filter(({ endedAt }) => endedAt === undefined).length;
  await until(() => open() === 0);
  expect(open()).toBe(0);
}

function openRequest(url: string, way: Way, signal: AbortSignal, options: Row['options']): Promise<Response> {
  const settings = { name: 'aborted', idempotent: true, ...options };
  if (way === 'drop-in fetch') return createResilientFetch(settings)(url, { signal });
  return createApiClient(settings).call((context) => fetch(url, { signal: context.signal }), { signal });
}

test.each(table)('$way, an abort $phase: its reason, no exchange left, no listener', async (row) => {
  await using server = await createFlakyServer(row.script);
  const caller = new AbortController();
  const reason = new Error('the user left');
  const abort = (): void => caller.abort(reason);
  const call = openRequest(server.url, row.way, caller.signal, row.options);
  const ended = thrownBy(row.read ? call.then((response) => row.read?.(response, abort)) : call);
  if (!row.read) {
    await until(() => server.requests.length === row.requests);
    await new Promise((resolve) => setTimeout(resolve, 30));
    abort();
  }
  const thrown = await ended;
  if (row.way === 'drop-in fetch' || row.read) expect(thrown).toBe(reason);
  else {
    expect(thrown).toMatchObject({ code: 'ABORTED' });
    expect(thrown.cause).toBe(reason);
  }
  await expectNoneOpen(server);
  expect(server.requests).toHaveLength(row.requests);
  expect(getEventListeners(caller.signal, 'abort').length).toBeLessThanOrEqual(row.read ? 1 : 0); // a body's: see leaks
});

test('a time that is up, a retry and a closed client leave none either', async () => {
  await using server = await createFlakyServer({ hang: true });
  const limited = createApiClient({ name: 'limited', idempotent: true, attemptTimeoutMs: 60, maxRetries: 1 });
  const ask = ({ signal }: { signal: AbortSignal }): Promise<Response> => fetch(server.url, { signal });
  expect(await thrownBy(limited.call(ask))).toMatchObject({ code: 'TIMEOUT' });
  const closing = thrownBy(limited.call(ask, { attemptTimeoutMs: 9_000 }));
  await until(() => server.requests.length === 3);
  await limited.close({ timeoutMs: 10 });
  expect(await closing).toMatchObject({ code: 'CLOSED' });
  await expectNoneOpen(server);
  server.set([{ ...failed, body: 'x'.repeat(1_000_000) }, { headers: close }]);
  const retried = createResilientFetch({ name: 'retried', backoff: () => 1 });
  expect((await retried(server.url)).status).toBe(200);
  await expectNoneOpen(server);
});
