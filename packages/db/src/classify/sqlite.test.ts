import { expect, test } from 'vitest';
import { classifySqlite, sqliteCodes } from './sqlite.ts';

const judge = (code: string) => classifySqlite({ code }, 0);

/** The table of the contract, written once more: code, whether it is run again, kind. */
const expected: [string, boolean, string][] = [
  ['SQLITE_BUSY', true, 'lock'],
  ['SQLITE_BUSY_SNAPSHOT', true, 'conflict'],
  ['SQLITE_BUSY_RECOVERY', true, 'lock'],
  ['SQLITE_BUSY_TIMEOUT', true, 'lock'],
  ['SQLITE_PROTOCOL', true, 'lock'],
  ['SQLITE_SCHEMA', true, 'conflict'],
  ['SQLITE_LOCKED', false, 'invalid'],
  ['SQLITE_MISUSE', false, 'invalid'],
  ['SQLITE_ERROR', false, 'invalid'],
  ['SQLITE_CONSTRAINT', false, 'invalid'],
  ['SQLITE_MISMATCH', false, 'invalid'],
  ['SQLITE_RANGE', false, 'invalid'],
  ['SQLITE_TOOBIG', false, 'invalid'],
  ['SQLITE_NOTFOUND', false, 'invalid'],
  ['SQLITE_EMPTY', false, 'invalid'],
  ['SQLITE_FORMAT', false, 'invalid'],
  ['SQLITE_NOLFS', false, 'invalid'],
  ['SQLITE_ABORT', false, 'invalid'],
  ['SQLITE_READONLY', false, 'auth'],
  ['SQLITE_CANTOPEN', false, 'auth'],
  ['SQLITE_PERM', false, 'auth'],
  ['SQLITE_AUTH', false, 'auth'],
  ['SQLITE_FULL', false, 'quota'],
  ['SQLITE_NOMEM', false, 'quota'],
  ['SQLITE_INTERRUPT', false, 'timeout'],
  ['SQLITE_IOERR', false, 'server'],
  ['SQLITE_CORRUPT', false, 'server'],
  ['SQLITE_NOTADB', false, 'server'],
  ['SQLITE_INTERNAL', false, 'server'],
];

test.each(expected)('%s: transient %s, %s', (code, transient, kind) => {
  expect(judge(code)).toEqual({ transient, kind, outcome: 'rejected', code });
});

test('every row of the table has its test', () => {
  expect(expected.map(([code]) => code).sort()).toEqual([...sqliteCodes.keys()].sort());
});

test.each([
  ['SQLITE_CONSTRAINT_UNIQUE', false],
  ['SQLITE_IOERR_FSYNC', false],
  ['SQLITE_READONLY_DBMOVED', false],
  ['SQLITE_CANTOPEN_ISDIR', false],
  ['SQLITE_CORRUPT_VTAB', false],
  ['SQLITE_LOCKED_SHAREDCACHE', false],
  ['SQLITE_ABORT_ROLLBACK', false],
])('the extended %s means what its primary code does', (code, transient) => {
  expect(judge(code)).toMatchObject({ transient, code });
});

test('causes are followed, and what is not SQLite is not known', () => {
  expect(classifySqlite(new Error('outer', { cause: { code: 'SQLITE_FULL' } }), 0)?.kind).toBe('quota');
  for (const error of [undefined, null, 'x', {}, { code: 'SQLITE_NEW' }, { code: 'EIO' }]) {
    expect(classifySqlite(error, 0)).toBeUndefined();
  }
});
