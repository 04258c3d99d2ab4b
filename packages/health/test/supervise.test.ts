import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { loadavg } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { type Child, freePort, hasBegun, startChild } from './support/child.ts';

let child: Child | undefined;

afterEach(async () => {
  child?.process.kill('SIGTERM');
  await child?.ended();
});

async function start(
  env: Record<string, string> = {},
): Promise<{ child: Child; url: string; worker: number }> {
  const port = await freePort();
  child = startChild('application.ts', { SUPERVISED: '1', PORT: String(port), ...env });
  const { pid } = await child.line((line) => line.message === 'listening');
  return { child, url: `http://127.0.0.1:${port}`, worker: pid };
}

/** Asks until the page answers, and tells how long that took. */
async function answersAfter(url: string): Promise<{ ms: number; body: string }> {
  const startedAt = performance.now();
  for (;;) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      return { body: await response.text(), ms: performance.now() - startedAt };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

describe('supervise', () => {
  test('a throw in a timer: logged once, drained, started again by itself, the page answers within 5 s', async () => {
    const { child, url, worker } = await start();
    await fetch(`${url}/break/timer`, { method: 'POST' });
    await child.line((line) => line.pid === worker && line.message === 'drained');
    const { ms, body } = await answersAfter(url);
    expect(ms, `load ${loadavg()[0]}`).toBeLessThan(3 * 5_000);
    expect(body).toMatch(/^hello from \d+$/);
    expect(body).not.toBe(`hello from ${worker}`);
    expect(child.lines.filter((line) => line.level === 'fatal')).toHaveLength(1);
    expect(child.lines.filter((line) => line.message === 'drained')).toHaveLength(1);
  });

  test('after an error nobody is refused or left waiting, and the next worker has taken over within 5 s', async () => {
    // It is open until the next worker serves, however long that takes to start.
    const { child, url, worker } = await start({ FATAL_DRAIN_TIMEOUT_MS: '60000' });
    const slow = fetch(`${url}/slow?ms=60000`);
    await child.line(hasBegun);
    const startedAt = performance.now();
    await fetch(`${url}/break/timer`, { method: 'POST' });
    const refusedAfterMs: number[] = [];
    let body = `hello from ${worker}`;
    while (body === `hello from ${worker}`) {
      try {
        body = await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text();
      } catch {
        refusedAfterMs.push(performance.now() - startedAt);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    // The broken one serves until the next one is ready, for 5 s at most: a machine may need longer to start that one.
    expect(refusedAfterMs.filter((ms) => ms < 5_000)).toEqual([]);
    expect(performance.now() - startedAt, `load ${loadavg()[0]}`).toBeLessThan(3 * 5_000);
    expect(body).toMatch(/^hello from \d+$/);
    process.kill(worker, 'SIGUSR2');
    expect(await (await slow).text()).toBe('slow but done');
    expect(child.lines.filter((line) => line.level === 'fatal')).toHaveLength(1);
  });

  test.each(['kill', 'exit', 'end'])('a worker that dies without a word is replaced (%s)', async (how) => {
    const { child, url, worker } = await start();
    await fetch(`${url}/break/${how}`, { method: 'POST' }).catch(() => undefined);
    await child.line((line) => line.message === 'a worker died');
    const { ms, body } = await answersAfter(url);
    expect(ms, `load ${loadavg()[0]}`).toBeLessThan(3 * 5_000);
    expect(body).not.toBe(`hello from ${worker}`);
  });

  test('SIGTERM reaches the worker, the open request is answered, and all end with 0', async () => {
    const { child, url } = await start();
    const slow = fetch(`${url}/slow?ms=400`);
    await child.line(hasBegun);
    child.process.kill('SIGTERM');
    expect(await (await slow).text()).toBe('slow but done');
    expect(await child.ended()).toBe(0);
  });

  test('a port that is taken ends the whole, although a side server of the worker listened', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    child = startChild('application.ts', { SUPERVISED: '1', PORT: port, SIDE_SERVER: '1' });
    expect(await child.ended()).toBe(1);
    taken.close();
    expect(child.output()).toContain('EADDRINUSE');
    expect(child.lines.filter((line) => line.message === 'a worker died')).toHaveLength(3);
  });

  test('a request that kills each worker as soon as it listens does not end the whole', async () => {
    const { child, url } = await start();
    for (let deaths = 0; deaths < 4; deaths += 1) {
      await fetch(`${url}/break/exit`, { method: 'POST' }).catch(() => undefined);
      await expect
        .poll(() => child.lines.filter((line) => line.message === 'a worker died').length)
        .toBe(deaths + 1);
      await answersAfter(url);
    }
    expect(child.process.exitCode).toBe(null);
  });

  test('a worker does not outlive a supervisor that was killed', async () => {
    const { child, worker } = await start();
    child.process.kill('SIGKILL');
    const isAlive = (): boolean => {
      try {
        return process.kill(worker, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(isAlive).toBe(false);
  });

  test('workers that cannot be started at all end the whole', async () => {
    child = startChild('application.ts', { SUPERVISED: '1', NO_WORKERS: '1' });
    expect(await child.ended()).toBe(1);
    expect(child.lines.filter((line) => line.message === 'a worker died')).toHaveLength(3);
  });

  test('three deaths before it is ready end the whole with the code of the worker', async () => {
    child = startChild('application.ts', { SUPERVISED: '1', FAIL_AT_START: '7' });
    expect(await child.ended()).toBe(7);
    expect(child.lines.filter((line) => line.message === 'a worker died')).toHaveLength(3);
    expect(child.lines.filter((line) => line.level === 'fatal')).toHaveLength(1);
  });
});
