import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTcpProxy, startPostgres, type TestPostgres } from '../src/index.ts';

describe('a PostgreSQL behind the TCP proxy', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
    await direct('create table ledger (n int)');
  });
  afterAll(() => postgres.close());

  const withClient = async <T>(url: string, use: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    try {
      return await use(client);
    } finally {
      client.end().catch(() => {});
    }
  };
  const direct = (sql: string): Promise<unknown[]> =>
    withClient(postgres.url, async (client) =>
      (await client.query({ text: sql, rowMode: 'array' })).rows.flat(),
    );
  const insert = (url: string, n: number): Promise<unknown> =>
    withClient(url, async (client) => {
      await client.query('begin');
      await client.query('insert into ledger values ($1)', [n]);
      await client.query('commit');
    }).catch((error: unknown) => error);
  const present = async (n: number): Promise<boolean> =>
    (await direct(`select count(*)::int from ledger where n = ${n}`))[0] === 1;

  it('loses the acknowledgement of a COMMIT that was done', async () => {
    await using proxy = await createTcpProxy({ upstream: postgres.port });
    for (let n = 1; n <= 20; n++) {
      const rule = proxy.cutAfter('commit', { when: n % 2 === 0 ? 'after' : 'answer' });
      expect(await insert(proxy.url(postgres.url), n)).toBeInstanceOf(Error);
      expect(rule.fired).toBe(1);
      await expect.poll(() => present(n)).toBe(true);
    }
  });

  it('loses a COMMIT before it was done', async () => {
    await using proxy = await createTcpProxy({ upstream: postgres.port });
    proxy.cutAfter(/commit/i, { when: 'before' });
    expect(await insert(proxy.url(postgres.url), 100)).toBeInstanceOf(Error);
    expect(await insert(proxy.url(postgres.url), 101)).toBeUndefined();
    expect([await present(100), await present(101)]).toEqual([false, true]);
  });

  it('cuts at the answer to a COMMIT', async () => {
    await using proxy = await createTcpProxy({ upstream: { host: postgres.host, port: postgres.port } });
    proxy.cutAfter('COMMIT\0', { direction: 'to-client', when: 'before' });
    expect(await insert(proxy.url(postgres.url), 200)).toBeInstanceOf(Error);
    expect(await present(200)).toBe(true);
  });
});
