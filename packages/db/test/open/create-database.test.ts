import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CreateDatabaseOptions, createDatabase, type SqliteHandle, safeCommit } from '@resilient/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordingLogger } from '../sqlite/recording-logger.ts';
import {
  counterOf,
  createTables,
  type Schema,
  temporaryDatabase,
  temporaryFile,
} from '../sqlite/temporary-database.ts';

let folder = '';
const before = process.cwd();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resilient-open-'));
});
afterAll(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true, force: true });
});

test('a URL opens its database, which is closed at the end of its block', async () => {
  const file = join(folder, 'block.db');
  let kept: Awaited<ReturnType<typeof createDatabase<Schema>>>;
  {
    await using db = await createDatabase<Schema>({ url: `sqlite:${file}` });
    await createTables(db);
    expect(db.kind).toBe('sqlite');
    kept = db;
  }
  await expect(kept.kysely.selectFrom('counter').selectAll().execute()).rejects.toMatchObject({
    code: 'CLOSED',
  });
  expect(await kept.check()).toMatchObject({ status: 'down', reason: 'it is closed' });
  expect(existsSync(`${file}-wal`)).toBe(false);
});

test('without a URL the rows are in ./data/app.db, its folder is made, and the log says so', async () => {
  process.chdir(folder);
  for (const url of [undefined, '', '  ']) {
    const { logger, text } = recordingLogger();
    const db = await createDatabase({ url, logger, env: {} });
    await db.close();
    expect(existsSync(join(folder, 'data', 'app.db'))).toBe(true);
    expect(text()).toContain('sqlite:');
    expect(text()).toContain('app.db');
  }
  process.chdir(before);
});

test('without a URL a production process does not start', async () => {
  const opening = createDatabase({ url: undefined, env: { NODE_ENV: 'production' } });
  await expect(opening).rejects.toThrow(/no database URL was given and NODE_ENV is production/);
  const db = await createDatabase({ url: ':memory:', env: { NODE_ENV: 'production' } });
  await db.close();
});

test.each<[string, unknown]>([
  ['unknown option `pool`', { pool: 5 }],
  [
    'expected `preset` to be one of "starter", "standard", "elastic", "single", "auto", got "huge"',
    { preset: 'huge' },
  ],
  ['expected `replicas` to be an integer of at least 1, got 0', { replicas: 0 }],
  ['expected `RESILIENT_REPLICAS` to be an integer of at least 1', { env: { RESILIENT_REPLICAS: 'two' } }],
  ['expected `pgbouncer` to be one of "auto", true, false, got "yes"', { pgbouncer: 'yes' }],
  ['expected `statementTimeoutMs`', { statementTimeoutMs: 0 }],
  ['expected `lockTimeoutMs`', { lockTimeoutMs: 2 ** 31 }],
  ['expected `leakMs`', { leakMs: '60' }],
  [
    'expected `sqlitePreset` to be one of "durable", "balanced", "fast", got "turbo"',
    { sqlitePreset: 'turbo' },
  ],
  ['expected `busyTimeoutMs`', { busyTimeoutMs: 0 }],
  ['expected `startupTimeoutMs`', { startupTimeoutMs: 'soon' }],
  ['expected `onConnect` to be a function', { onConnect: 1 }],
  ['expected `url` to be a string, got number', { url: 5432 }],
  ['expected `logger`', { logger: {} }],
  ['expected `env` to be an object', { env: 'production' }],
])('refuses a wrong option: %s', async (message, options) => {
  await expect(createDatabase({ url: ':memory:', ...(options as CreateDatabaseOptions) })).rejects.toThrow(
    message,
  );
});

test('the start stops in one sentence where the file cannot be a database', async () => {
  const text = join(folder, 'text.db');
  await writeFile(text, 'this is a text, and long enough to be taken for one: '.repeat(100));
  await expect(createDatabase({ url: `sqlite:${text}` })).rejects.toThrow(
    /text\.db is damaged, or no SQLite database$/,
  );
  await expect(createDatabase({ url: `sqlite:${folder}` })).rejects.toThrow(/cannot be opened/);
  await expect(createDatabase({ url: `sqlite:${join(folder, 'no', 'x.db')}` })).rejects.toThrow(
    /does it exist\?$/,
  );
});

test('a PostgreSQL that is not there is not replaced by a file', async () => {
  const { logger, text } = recordingLogger();
  const url = 'postgres://ann:s3cret@127.0.0.1:1/shop';
  const opening = createDatabase({ url, startupTimeoutMs: 300, logger });
  await expect(opening).rejects.toThrow(/.+/);
  const error = await opening.catch((failure: Error) => failure);
  expect(`${(error as Error).message}${text()}`).not.toContain('s3cret');
});

test('the tuning is that of the preset, on every connection', async () => {
  const pragmas = [
    'journal_mode',
    'synchronous',
    'foreign_keys',
    'busy_timeout',
    'journal_size_limit',
    'cache_size',
  ];
  const read = async (options: CreateDatabaseOptions): Promise<unknown[]> => {
    const db = await createDatabase({ url: `sqlite:${join(folder, 'tuned.db')}`, ...options });
    const values: unknown[] = [];
    for (const name of pragmas) {
      const { rows } = await sql.raw(`pragma ${name}`).execute(db.kysely);
      values.push(Object.values(rows[0] as object)[0]);
    }
    await db.close();
    return values;
  };
  // Twice: the connection that turns the WAL on keeps FULL, the next one would get NORMAL.
  expect(await read({})).toEqual(['wal', 2, 1, 0, 67_108_864, -16_384]);
  expect(await read({})).toEqual(['wal', 2, 1, 0, 67_108_864, -16_384]);
  expect((await read({ sqlitePreset: 'balanced' }))[1]).toBe(1);
  expect((await read({ sqlitePreset: 'fast' }))[1]).toBe(0);
});

test('`:memory:` has one connection for everything', async () => {
  const db = await createDatabase<Schema>({ url: ':memory:' });
  await createTables(db);
  const units = Array.from({ length: 20 }, () =>
    safeCommit(db.kysely, async (trx) => {
      const { value } = await trx.selectFrom('counter').select('value').executeTakeFirstOrThrow();
      await sleep(1);
      await trx
        .updateTable('counter')
        .set({ value: value + 1 })
        .execute();
    }),
  );
  expect((await Promise.all(units)).every(({ ok }) => ok)).toBe(true);
  expect(await counterOf(db)).toBe(20);
  expect(await db.check()).toMatchObject({ status: 'ok', kind: 'sqlite' });
  await db.close();
});

test('onConnect is given each connection before its first use', async () => {
  const onConnect = (handle: SqliteHandle): void => {
    handle.function('shout', { deterministic: true }, (text: string) => text.toUpperCase());
  };
  const db = await createDatabase({ url: ':memory:', onConnect });
  expect((await sql`select shout('ada') as name`.execute(db.kysely)).rows).toEqual([{ name: 'ADA' }]);
  await db.close();
  const refusing = createDatabase({
    url: ':memory:',
    onConnect: () => Promise.reject(new Error('no extension')),
  });
  await expect(refusing).rejects.toThrow('no extension');
});

test('close lets running and waiting units end, refuses new ones, and answers one promise', async () => {
  await using folderOf = await temporaryFile();
  const db = await createDatabase<Schema>({ url: folderOf.url });
  await createTables(db);
  const unit = (): Promise<{ ok: boolean }> =>
    safeCommit(db.kysely, async (trx) => {
      const { value } = await trx.selectFrom('counter').select('value').executeTakeFirstOrThrow();
      await sleep(20);
      await trx
        .updateTable('counter')
        .set({ value: value + 1 })
        .execute();
    });
  const running = [unit(), unit(), unit()];
  await sleep(5);
  const closing = db.close();
  const refused = await safeCommit(db.kysely, () => {});
  expect(refused).toMatchObject({ ok: false, error: { code: 'CLOSED' } });
  await Promise.all([closing, db.close()]);
  expect((await Promise.all(running)).map(({ ok }) => ok)).toEqual([true, true, true]);
  const again = await createDatabase<Schema>({ url: folderOf.url });
  expect(await counterOf(again)).toBe(3);
  await again.close();
});

test('close takes the connection from a unit that does not end in time, and nothing of it is there', async () => {
  await using folderOf = await temporaryFile();
  const { logger } = recordingLogger();
  const db = await createDatabase<Schema>({ url: folderOf.url, logger });
  await createTables(db);
  const { promise: isBegun, resolve: begun } = Promise.withResolvers<void>();
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const hanging = safeCommit(
    db.kysely,
    async (trx) => {
      await trx.updateTable('counter').set({ value: 9 }).execute();
      begun();
      await over;
      await trx.updateTable('counter').set({ value: 10 }).execute();
    },
    { logger },
  );
  const waiting = safeCommit(db.kysely, () => {}, { logger });
  await isBegun;
  await db.close({ timeoutMs: 50 }); // the unit would never end by itself
  end();
  expect(await waiting).toMatchObject({ ok: false, error: { code: 'CLOSED' } });
  expect((await hanging).ok).toBe(false);
  const again = await createDatabase<Schema>({ url: folderOf.url });
  expect(await counterOf(again)).toBe(0);
  await again.close();
});

test('kysely.destroy() closes the database', async () => {
  await using temporary = await temporaryDatabase();
  await temporary.db.kysely.destroy();
  expect(temporary.db.stats()).toEqual({ size: 0, idle: 0, inUse: 0, waiting: 0, limit: 5 });
});
