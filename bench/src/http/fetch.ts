import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createResilientFetch } from '@resilient/http';
import { type BenchResult, compare } from '../interleave.ts';

const SERVER = fileURLToPath(new URL('./echo-server.ts', import.meta.url));

const LIMIT_MS = 30_000;

type Fetch = typeof globalThis.fetch;

/** The least that bounds a request by hand. */
const limited: Fetch = (input, init) => {
  const limit = AbortSignal.timeout(LIMIT_MS);
  return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, limit]) : limit });
};

/** The drop-in fetch on loopback, which is the least that a request can cost. */
export async function run(): Promise<BenchResult[]> {
  const server = fork(SERVER);
  const [port] = (await once(server, 'message')) as [number];
  const resilient = createResilientFetch({ name: 'bench' });
  const url = `http://127.0.0.1:${port}/`;
  const get = (send: Fetch) => async () => (await send(url)).json();
  const post = (send: Fetch) => async () => {
    const { signal } = new AbortController();
    const headers = { 'content-type': 'application/json' };
    return (await send(url, { method: 'POST', body: '{}', headers, signal })).json();
  };
  const results = [];
  for (const [what, ask] of [
    ['GET', get],
    ['POST with a signal of its own, as the SDKs send it', post],
  ] as const) {
    results.push(
      ...(await compare({
        name: `fetch on loopback, ${what}`,
        ours: [{ name: 'createResilientFetch', call: ask(resilient) }],
        peers: [
          { name: 'fetch', call: ask(fetch) },
          { name: 'fetch with AbortSignal.timeout', call: ask(limited) },
        ],
        goal: (_own, peer) => (peer.name === 'fetch' ? 1.1 : undefined),
        rounds: 200,
        calls: 100,
        warmRounds: 20,
      })),
    );
  }
  server.kill();
  return results;
}
