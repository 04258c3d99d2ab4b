import { getEventListeners } from 'node:events';
import { createFlakyServer } from '@resilient/testing';
import { createApiClient } from '../src/index.ts';

// 10,000 concurrent calls through one client, against a server that fails 30 %; prints what is left, as JSON. A process
// of its own, so that the heap is that of the calls.

const server = await createFlakyServer({
  rates: { 500: 0.1, 503: 0.1, reset: 0.1 },
  otherwise: { json: { ok: true } },
});
const client = createApiClient({
  name: 'many',
  idempotent: true,
  breaker: false,
  budget: false,
  concurrency: 200,
  maxRetries: 40, // 0.3 to the 41st: none of 18,000 calls runs out of attempts by chance
  backoff: () => 1,
  timeoutMs: 300_000,
});
const { signal } = new AbortController();
let requests = 0;
let good = 0;

const get = async (): Promise<void> => {
  const response = await client.call(({ signal }) => fetch(server.url, { signal }), { signal });
  await response.arrayBuffer();
  if (response.status === 200) good += 1;
};
const round = (count: number): Promise<unknown> => Promise.all(Array.from({ length: count }, get));

async function heap(): Promise<number> {
  requests += server.requests.length;
  (server.requests as unknown[]).length = 0; // the server's own notes
  for (let turn = 0; turn < 10; turn += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().heapUsed;
}

// two rounds: fetch itself grows by 8 % in its first ones
await round(3_000);
await round(5_000);
const before = await heap();
await round(10_000);
const growth = (await heap()) / before;
const listeners = getEventListeners(signal, 'abort').length;
process.stdout.write(JSON.stringify({ growth, listeners, requests, good, stats: client.stats() }));
process.exit(0);
