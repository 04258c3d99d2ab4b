import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { loadavg, networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../src/index.ts';
import { findAccount } from '../src/postgres/account.ts';
import { findBinaries } from '../src/postgres/binaries.ts';
import { chooseRoot, initDataFolder, makeRoot } from '../src/postgres/data-folder.ts';
import { childrenOf, runningOf } from '../src/process/process-table.ts';
import { temporaryFolder } from './temporary-folder.ts';

const withClient = async <T>(url: string, use: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
};

const select = (url: string, sql: string): Promise<unknown[]> =>
  withClient(url, async (client) => (await client.query({ text: sql, rowMode: 'array' })).rows.flat());

describe('startPostgres', () => {
  let postgres: TestPostgres;
  let startedInMs = 0;

  beforeAll(async () => {
    const startedAt = performance.now();
    postgres = await startPostgres();
    startedInMs = performance.now() - startedAt;
  });
  afterAll(() => postgres.close());

  it('is a PostgreSQL 18, ready within seconds, not run by root', async () => {
    // 3 s are promised; a machine under load gets three times that, and a little for its disk.
    expect(startedInMs, `milliseconds at a load of ${loadavg()[0]}`).toBeLessThan(30_000);
    expect(postgres.version).toBe(18);
    const [version] = await select(postgres.url, 'show server_version_num');
    expect(Number(version)).toBeGreaterThanOrEqual(180_000);
  });

  it('takes connections with its password only, and on loopback only', async () => {
    const url = new URL(postgres.url);
    url.password = 'wrong';
    await expect(select(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const others = Object.values(networkInterfaces()).flat();
    for (const other of others.filter((each) => each?.family === 'IPv4' && !each.internal)) {
      const socket = createConnection({ host: other?.address ?? '', port: postgres.port });
      const outcome = await new Promise((resolve) => {
        socket.once('connect', resolve).once('error', resolve);
      });
      expect(outcome).toMatchObject({ code: 'ECONNREFUSED' });
    }
  });

  it('creates databases, whatever their name', async () => {
    for (const name of [undefined, 'shop', 'Ünï "quoted" /%2F+@&=;']) {
      const url = await postgres.createDatabase(name);
      const [database] = await select(url, 'select current_database()');
      expect(database).toBe(name ?? new URL(url).pathname.slice(1));
    }
    await expect(postgres.createDatabase('')).rejects.toThrow('expected `name` to be a non-empty string');
    await expect(postgres.createDatabase('what?')).rejects.toThrow('without ? and #');
  });

  it('stops and starts again on the same port, with the same data', async () => {
    const url = await postgres.createDatabase();
    await select(url, 'create table kept as select 1 as n');
    const { pid } = postgres;
    await postgres.kill();
    await postgres.kill();
    expect(postgres.pid).toBeUndefined();
    await expect(select(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await postgres.start();
    await postgres.start();
    expect(postgres.pid).not.toBe(pid);
    expect(await select(url, 'select n from kept')).toEqual([1]);
    await postgres.restart();
    expect(await select(url, 'select n from kept')).toEqual([1]);
  });

  it('crashes with all its processes, in the middle of statements, and recovers what was committed', async () => {
    const url = await postgres.createDatabase();
    await select(url, 'create table ledger (n int)');
    const pid = postgres.pid ?? 0;
    const children = await childrenOf(pid);
    await withClient(url, async (client) => {
      await client.query('insert into ledger select generate_series(1, 1000)');
      await client.query('begin');
      await client.query('insert into ledger values (-1)');
      const lost = client.query('select pg_sleep(60)');
      const [error] = await Promise.all([lost.catch((reason: Error) => reason), postgres.crash()]);
      expect(error).toBeInstanceOf(Error);
    });
    expect(children.length).toBeGreaterThan(3);
    expect(await runningOf([pid, ...children])).toEqual([]);
    await expect(select(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await postgres.start();
    expect(await select(url, 'select count(*)::int, min(n) from ledger')).toEqual([1000, 1]);
    expect(await postgres.log()).toContain('ready to accept connections');
  });

  it('terminates sessions by process, by application name, or all of them', async () => {
    const url = await postgres.createDatabase();
    const connect = async (name: string): Promise<{ pid: number; gone: Promise<unknown> }> => {
      const client = new Client({ connectionString: url, application_name: name });
      // Twice: what the server said, then the end of the connection.
      const gone = new Promise((resolve) => client.on('error', resolve));
      await client.connect();
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      return { pid: rows[0]?.pid ?? 0, gone };
    };
    const [a, b, c, d] = [
      await connect('one'),
      await connect('one'),
      await connect('two'),
      await connect('two'),
    ];
    expect(await postgres.terminateBackends({ pid: a.pid })).toBe(1);
    expect(await a.gone).toMatchObject({ code: '57P01' });
    expect(await postgres.terminateBackends({ applicationName: 'one' })).toBe(1);
    await b.gone;
    expect(await postgres.terminateBackends({ applicationName: 'nobody' })).toBe(0);
    expect(await postgres.terminateBackends()).toBe(2);
    await Promise.all([c.gone, d.gone]);
    await expect(postgres.terminateBackends({ pid: 0 })).rejects.toThrow(RangeError);
  });

  it('runs what is asked for at once one after the other', async () => {
    await Promise.all([
      postgres.crash(),
      postgres.start(),
      postgres.kill(),
      postgres.restart(),
      postgres.start(),
    ]);
    expect(await select(postgres.url, 'select 1')).toEqual([1]);
  });
});

describe('startPostgres, its options and its end', () => {
  it('takes server settings', async () => {
    await using postgres = await startPostgres({ settings: { max_connections: 7, fsync: true } });
    expect(
      await select(
        postgres.url,
        "select setting from pg_settings where name in ('max_connections', 'fsync') order by name",
      ),
    ).toEqual(['on', '7']);
  });

  it('leaves neither process nor folder behind when it is closed', async () => {
    const postgres = await startPostgres();
    const pid = postgres.pid ?? 0;
    await postgres.close();
    await postgres.close();
    expect(await runningOf([pid])).toEqual([]);
    expect(existsSync(dirname(postgres.dataDir))).toBe(false);
    await expect(postgres.start()).rejects.toThrow('closed');
  });

  it('names bad input, and says why a server does not start', async () => {
    await expect(startPostgres({ version: 'new' as never })).rejects.toThrow(TypeError);
    await expect(startPostgres({ version: 3 })).rejects.toThrow(RangeError);
    await expect(startPostgres({ version: 98 })).rejects.toThrow('PostgreSQL 98 was not found');
    await expect(startPostgres({ settings: { listen_addresses: '*' } })).rejects.toThrow(RangeError);
    await expect(startPostgres({ settings: { fsync: {} as never } })).rejects.toThrow(
      'expected `settings.fsync`',
    );
    await expect(startPostgres({ settings: { no_such_setting: 1 } })).rejects.toThrow('no_such_setting');
  });

  it.runIf(process.getuid?.() === 0)(
    'works from a folder that only root may enter',
    async () => {
      await using locked = await temporaryFolder();
      const binaries = await findBinaries();
      await cp(dirname(binaries.folder), locked.file('native'), { recursive: true, verbatimSymlinks: true });
      const account = await findAccount();
      const root = await chooseRoot(account);
      await makeRoot(root, account);
      try {
        const closed = { ...binaries, folder: locked.file('native/bin') };
        const { dataDir, postgres } = await initDataFolder(root, closed, account);
        expect(existsSync(join(dataDir, 'PG_VERSION'))).toBe(true);
        expect(postgres.startsWith(root)).toBe(true);
      } finally {
        await rm(root, { recursive: true });
      }
    },
    120_000,
  );
});
