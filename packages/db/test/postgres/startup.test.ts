import { loadavg } from 'node:os';
import { systemClock } from '@resilient/core';
import { createTcpProxy, startPostgres } from '@resilient/testing';
import { expect, inject, test } from 'vitest';
import { createPostgresEngine } from '../../src/postgres/create-postgres-engine.ts';
import { keepLog } from './database.ts';

const logger = keepLog();
const open = (url: string, startupTimeoutMs: number) =>
  createPostgresEngine({ url, clock: systemClock, logger, startupTimeoutMs });

test('a server that cannot be reached ends the start with one sentence, without the password', async () => {
  const proxy = await createTcpProxy({ upstream: 9 });
  await proxy.close();
  const startedAt = performance.now();
  const failed = await open(`postgres://me:hunter2@127.0.0.1:${proxy.port}/shop`, 500).catch(
    (error: Error) => error,
  );
  expect(String(failed)).toBe(
    `Error: the database "shop" at 127.0.0.1:${proxy.port} could not be reached within 500 ms: the database could not be reached (ECONNREFUSED)`,
  );
  expect(performance.now() - startedAt, `load ${loadavg()[0]}`).toBeLessThan(3 * 500);
});

test('a server that falls silent ends the start in time as well', async () => {
  const upstream = new URL(inject('postgresUrl'));
  await using proxy = await createTcpProxy({ upstream: Number(upstream.port) });
  proxy.blackhole();
  await expect(open(proxy.url(upstream.href), 300)).rejects.toThrow('could not be reached within 300 ms');
});

test('a refusal for good ends the start at once', async () => {
  const wrong = new URL(inject('postgresUrl'));
  wrong.pathname = '/not_there';
  await expect(open(wrong.href, 20_000)).rejects.toThrow(
    /"not_there" .* refuses the connection: .*\(SQLSTATE 3D000\)/,
  );
  const password = new URL(inject('postgresUrl'));
  password.password = 'wrong-one';
  const failed = await open(password.href, 20_000).catch((error: Error) => error);
  expect(String(failed)).toContain('SQLSTATE 28P01');
  expect(String(failed)).not.toContain('wrong-one');
});

test('a server that comes up later is waited for', async () => {
  await using postgres = await startPostgres();
  await postgres.kill();
  const opening = open(postgres.url, 20_000);
  await postgres.start();
  const opened = await opening;
  expect(await opened.check({ timeoutMs: 10_000 })).toMatchObject({ status: 'ok' });
  await opened.close({ timeoutMs: 1_000 });
  expect(logger.lines.some((line) => line.includes('waiting for PostgreSQL'))).toBe(true);
  expect(await opened.check({ timeoutMs: 1_000 })).toMatchObject({ status: 'down', reason: 'it is closed' });
});
