import { loadavg } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { type Child, startChild } from './support/child.ts';
import { TOKEN } from './support/console-server.ts';
import { rollingShutdowns } from './support/rolling-shutdowns.ts';

describe('two instances behind a balancer, shut down in turn under load, a dashboard open at each', () => {
  test('no request is lost, and each exits 0 well before its limit', { timeout: 240_000 }, async () => {
    const seen = await rollingShutdowns({ count: 3, env: { NODE_ENV: 'production' }, pollMs: 100 });
    expect(seen.lost).toEqual([]);
    expect(seen.answered).toBeGreaterThan(0);
    expect(seen.instances).toBeGreaterThanOrEqual(3);
    expect(seen.exitCodes).toEqual([0, 0, 0]);
    const said = `${seen.exitMs.join(', ')} ms, load ${loadavg()[0]}`;
    expect(Math.max(...seen.exitMs), said).toBeLessThan(25_000);
    // The console's streams end within 1 s of the drain, while the application still serves.
    const streams = `${seen.streamMs.join(', ')} ms, load ${loadavg()[0]}`;
    expect(Math.max(...seen.streamMs), streams).toBeLessThan(3 * 1_000);
  });

  test('without the delay the balancer sends to one that is gone', { timeout: 240_000 }, async () => {
    const seen = await rollingShutdowns({
      count: 3,
      env: { DRAIN_DELAY_MS: '0', NODE_ENV: 'production' },
      pollMs: 100,
      untilOneIsLost: true,
    });
    expect(seen.lost.length).toBeGreaterThanOrEqual(3);
    expect(seen.exitCodes).toEqual([0, 0, 0]);
  });
});

let child: Child | undefined;

afterEach(() => {
  child?.process.kill('SIGKILL');
});

test('an answer that is streamed to a POST ends by itself', async () => {
  child = startChild('application.ts');
  const { port } = await child.line((line) => line.message === 'listening');
  const response = await fetch(`http://127.0.0.1:${String(port)}/answer`, {
    method: 'POST',
    headers: { accept: 'text/event-stream' },
  });
  child.process.kill('SIGTERM');
  expect(await response.text()).toBe('data: begun\n\ndata: done\n\n');
  expect(await child.ended()).toBe(0);
});

describe('Ctrl-C in development', () => {
  test('ends it at once, with a dashboard and another event stream open', async () => {
    child = startChild('application.ts', { NODE_ENV: 'development', CONSOLE_TOKEN: TOKEN });
    const { port } = await child.line((line) => line.message === 'listening');
    const stream = await fetch(`http://127.0.0.1:${String(port)}/health/dashboard/events`, {
      headers: { authorization: `Bearer ${TOKEN}`, accept: 'text/event-stream' },
    });
    // An application's own, which nobody asked for as a stream.
    const own = await fetch(`http://127.0.0.1:${String(port)}/events`);
    const ended = [stream, own].map((one) =>
      one.text().then(
        () => 'ended',
        () => 'ended',
      ),
    );
    expect([stream.status, own.status]).toEqual([200, 200]);
    const startedAt = performance.now();
    child.process.kill('SIGINT');
    expect(await child.ended()).toBe(0);
    // What waited for either of them would take 18 s and more.
    expect(performance.now() - startedAt, `load ${loadavg()[0]}`).toBeLessThan(10_000);
    expect(await Promise.all(ended)).toEqual(['ended', 'ended']);
  });
});
