import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { Client } from './client.ts';
import { startSite } from './site.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SECRETS = { SECRET_KEY: 'kE2vTq8sJm4LwZ0xRb6NcY1uHd9PfGaA', ADMIN_PASSWORD: 'Zebra-42-umbrella' };
const LONG_AGO = { NODE_ENV: 'production', RESILIENT_CHAOS: '0' };
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'platform-start-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the site until it ends by itself, as a start that fails must. Two pipes have no order: the log is put first. */
async function run(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const { SECRET_KEY: _, ADMIN_PASSWORD: __, ...rest } = process.env;
  const child = spawn(process.execPath, ['--conditions=@resilient/source', MAIN], {
    cwd: folder,
    env: { ...rest, NODE_ENV: 'development', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 90_000,
  });
  let log = '';
  let said = '';
  child.stdout.on('data', (chunk) => (log += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: log + said };
}

it.each([
  ['no secrets in production', LONG_AGO, /SECRET_KEY is missing[\s\S]*ADMIN_PASSWORD is missing/],
  [
    'chaos in production',
    { ...LONG_AGO, ...SECRETS, RESILIENT_CHAOS: '1' },
    /RESILIENT_CHAOS=1 .* in production\.$/,
  ],
  [
    'a feature that does not exist',
    { DISABLED_FEATURES: 'arcade,quizz' },
    /knows arcade and tutor, not quizz\.$/,
  ],
  [
    'a database of another kind',
    { DATABASE_URL: 'mysql://u:geheim@127.0.0.1/x' },
    /expected `url` to be postgres/,
  ],
])('%s: one message, no stack, exit code 1', async (_, env, message) => {
  const { code, output } = await run(env as Record<string, string>);
  expect(output.trim()).toMatch(message);
  expect(output).not.toMatch(/\n\s+at |geheim|a worker died/);
  expect(code).toBe(1);
});

it('a database that refuses the connection: one sentence, exit code 1', async () => {
  const url = new URL(inject('postgresUrl'));
  url.pathname = '/no_such_database';
  const { code, output } = await run({ DATABASE_URL: url.href });
  expect(output).toMatch(/The site cannot start: the database "no_such_database" .* refuses the connection/);
  expect(output).not.toMatch(/\n\s+at |a worker died/);
  expect(code).toBe(1);
});

it('a port that is taken: one sentence, exit code 1', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { code, output } = await run({ PORT: String(port) });
  expect(output).toContain(`Port ${port} is in use by another program: set PORT to another one.`);
  expect(output).not.toMatch(/\n\s+at |a worker died/);
  expect(code).toBe(1);
  server.close();
});

it('in production: https, HSTS, cookies with their prefix, the password as configured, features off', async () => {
  await using site = await startSite({
    ...LONG_AGO,
    ...SECRETS,
    HOST: '127.0.0.1',
    TRUST_PROXY: '1',
    DISABLED_FEATURES: 'arcade',
  });
  expect(site.passwords, 'nothing is printed').toEqual({});
  const plain = await new Client(site.url).get('/login');
  expect([plain.status, plain.location]).toEqual([308, 'https://localhost/login']);
  const admin = new Client(site.url, { 'x-forwarded-proto': 'https' });
  const { headers } = await admin.get('/login');
  expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/);
  const answer = await admin.logIn('admin', SECRETS.ADMIN_PASSWORD);
  expect(answer.location).toBe('/');
  const cookies = [...headers.getSetCookie(), ...answer.headers.getSetCookie()];
  expect(cookies.map((cookie) => cookie.split('=')[0]).sort()).toEqual(['__Host-csrf', '__Host-session']);
  for (const cookie of cookies) expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  expect((await admin.get('/arcade')).text).toContain('switched off today');
  expect((await admin.get('/admin/chaos')).status).toBe(404);
  expect((await new Client(site.url).get('/health/live')).status, 'probes come without https').toBe(200);
});

it('a second start keeps the data and the log-ins; both signals end the site with 0, soon', async () => {
  const cwd = await mkdtemp(path.join(folder, 'twice-'));
  const printed: unknown[] = [];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    await using site = await startSite({}, cwd);
    printed.push(site.passwords);
    const admin = new Client(site.url);
    expect((await admin.logIn('admin', site.passwords.admin as string)).location).toBe('/');
    const sent = performance.now();
    site.process.kill(signal);
    expect(await once(site.process, 'exit')).toEqual([0, null]);
    // What would hold it up may do so for 25 s.
    expect(performance.now() - sent, `load ${loadavg()[0]}`).toBeLessThan(10_000);
  }
  expect(printed[0]).toEqual(printed[1]);
});
