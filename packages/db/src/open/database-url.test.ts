import path from 'node:path';
import { expect, test } from 'vitest';
import { readDatabaseUrl } from './database-url.ts';

test.each([
  ['sqlite:data/app.db', path.resolve('data/app.db')],
  ['sqlite:./data/app.db', path.resolve('data/app.db')],
  ['sqlite://data/app.db', path.resolve('data/app.db')],
  ['sqlite:///data/app.db', path.resolve('data/app.db')],
  ['sqlite:/srv/app.db', path.resolve('/srv/app.db')],
  ['sqlite:////srv/app.db', path.resolve('/srv/app.db')],
  ['SQLite:app.db', path.resolve('app.db')],
  ['sqlite:with space %.db', path.resolve('with space %.db')],
  ['file:data/app.db', path.resolve('data/app.db')],
  ['file:/srv/app.db', path.resolve('/srv/app.db')],
  ['file:///srv/my%20app.db', path.resolve('/srv/my app.db')],
])('%s is a file', (url, file) => {
  expect(readDatabaseUrl(url)).toEqual({ kind: 'sqlite', file, description: `sqlite:${file}` });
});

test.each([':memory:', 'sqlite::memory:', 'sqlite:///:memory:', 'file::memory:'])(
  '%s lives in memory',
  (url) => {
    expect(readDatabaseUrl(url)).toMatchObject({ kind: 'sqlite', file: ':memory:' });
  },
);

test.each([
  ['postgres://ann:s3cret@db.example.com:5433/shop?sslmode=require', 'postgres://db.example.com:5433/shop'],
  ['postgresql://ann:s3cret@localhost/shop', 'postgres://localhost/shop'],
  ['postgres:///shop?host=/run/s3cret', 'postgres:///run/s3cret/shop'],
])('%s is described without user, password and parameters', (url, description) => {
  expect(readDatabaseUrl(url)).toEqual({ kind: 'postgres', url, description });
});

test.each([
  'mysql://ann:s3cret@localhost/shop',
  'ann:s3cret@localhost/shop',
  's3cret',
  './s3cret.db',
  'postgres:ann:s3cret@localhost/shop',
  'postgres://ann:s3cret#@localhost:5432/shop',
  'postgres://ann:s3/cret@localhost:5432/shop',
  'postgres://ann:s3cret%zz@localhost:5432/shop',
  'sqlite:app.db?key=s3cret',
  'file:///app.db?key=s3cret',
  'file://elsewhere/s3cret.db',
  'sqlite:',
  'sqlite://',
  'sqlite:   ',
  'file:',
  'sqlite:s3cret/',
  'sqlite:s3cret\0.db',
])('%j is refused in one sentence that repeats nothing of it', (url) => {
  let message = '';
  try {
    readDatabaseUrl(url);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).cause).toBeUndefined();
    ({ message } = error as Error);
  }
  expect(message).toMatch(/^expected `url` to /);
  expect(message).not.toMatch(/s3|cret|ann|\n/);
});

test('a foreign scheme is named', () => {
  expect(() => readDatabaseUrl('mysql://localhost/shop')).toThrow('got one of mysql');
});
