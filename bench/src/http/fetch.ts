import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createResilientFetch } from '@resilient/http';
import { type BenchResult, compare } from '../interleave.ts';

const SERVER = fileURLToPath(new URL('./echo-server.ts', import.meta.url));

type Fetch = typeof globalThis.fetch;

/** The drop-in fetch on loopback, which is the least that a request can cost. */
export async function run(): Promise<BenchResult[]> {
  const server = fork(SERVER);
  const [port] = (await once(server, 'message')) as [number];
  const resilient = createResilientFetch({ name: 'bench' });
  const { signal } = new AbortController();
  const url = `http://127.0.0.1:${port}/`;
  const get = (send: Fetch, init?: RequestInit) => async () => (await send(url, init)).json();
  const post = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
  const results = [];
  for (const [what, init] of [
    ['GET', undefined],
    ['POST with a signal, as the SDKs do', { ...post, signal }],
  ] as const) {
    results.push(
      ...(await compare({
        name: `fetch on loopback, ${what}`,
        ours: [{ name: 'createResilientFetch', call: get(resilient, init) }],
        peers: [{ name: 'fetch', call: get(fetch, init) }],
        goal: () => 1.1,
        calls: 500,
      })),
    );
  }
  server.kill();
  return results;
}
