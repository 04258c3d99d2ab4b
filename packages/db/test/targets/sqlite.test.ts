import { createDatabase, type SqliteHandle } from '@resilient/db';
import { holdSqliteLock } from '@resilient/testing';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { temporaryFile } from '../sqlite/temporary-database.ts';
import { behaviourOf } from './behaviour.ts';
import { type Notes, onHandle, onKysely, type Subject } from './subject.ts';

type Common = Pick<Subject, 'kind' | 'retries' | 'notes' | 'lock'>;

const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY_SNAPSHOT' });
const conflict = (): never => {
  throw busy;
};

/** A file with the table, and a trigger that ends the transaction. */
async function prepared(): Promise<{ file: string; url: string; common: Common; dispose(): Promise<void> }> {
  const temporary = await temporaryFile();
  const { file, url } = temporary;
  const reader = new Database(file);
  reader.pragma('journal_mode = wal');
  reader.exec(`create table note (text text not null unique);
    create trigger killer before insert on note when new.text = 'killer' begin select raise(rollback, 'x'); end`);
  const select = reader.prepare<[], { text: string }>('select text from note order by text');
  return {
    file,
    url,
    common: {
      kind: 'sqlite',
      retries: true,
      notes: async () => select.all().map((row) => row.text),
      lock: async () => {
        const lock = await holdSqliteLock(file);
        return () => lock.release();
      },
    },
    async dispose() {
      reader.close();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

function handleOn(file: string): Database.Database {
  const handle = new Database(file);
  handle.function('conflict', conflict);
  return handle;
}

/** A handle is left as it was found. */
const usedNow = (handle: Database.Database): number =>
  handle.inTransaction || handle.pragma('busy_timeout', { simple: true }) !== 5_000 ? 1 : 0;

behaviourOf('our Kysely on SQLite', async () => {
  const { url, common, dispose } = await prepared();
  const db = await createDatabase<Notes>({
    url,
    sqlitePreset: 'fast',
    onConnect: (handle: SqliteHandle) => handle.function('conflict', {}, conflict),
  });
  return {
    ...common,
    ...onKysely(db.kysely),
    outer: () => db.kysely.selectFrom('note').selectAll().execute(),
    lent: () => db.stats().inUse,
    async [Symbol.asyncDispose]() {
      await db.close();
      await dispose();
    },
  };
});

behaviourOf('stock Kysely with SqliteDialect', async () => {
  const { file, common, dispose } = await prepared();
  const database = handleOn(file);
  const kysely = new Kysely<Notes>({ dialect: new SqliteDialect({ database }) });
  return {
    ...common,
    ...onKysely(kysely),
    outer: () => kysely.selectFrom('note').selectAll().execute(),
    lent: () => usedNow(database),
    async [Symbol.asyncDispose]() {
      await kysely.destroy();
      await dispose();
    },
  };
});

behaviourOf('a Database of better-sqlite3', async () => {
  const { file, common, dispose } = await prepared();
  const handle = handleOn(file);
  return {
    ...common,
    ...onHandle(handle),
    synchronous: true,
    lent: () => usedNow(handle),
    async [Symbol.asyncDispose]() {
      handle.close();
      await dispose();
    },
  };
});
