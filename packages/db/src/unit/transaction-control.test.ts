import { expect, test } from 'vitest';
import { findControl } from './transaction-control.ts';

test.each([
  ['commit', 'COMMIT'],
  ['  ;; /* a /* nested */ comment */ -- and one more\n CoMmIt work;', 'COMMIT'],
  ['BEGIN IMMEDIATE', 'BEGIN'],
  ['start transaction read only', 'START TRANSACTION'],
  ['end', 'END'],
  ['abort', 'ABORT'],
  ['rollback', 'ROLLBACK'],
  ['rollback work', 'ROLLBACK'],
  ['rollback and chain', 'ROLLBACK'],
  ["rollback prepared 'x'", 'ROLLBACK'],
  ["prepare transaction 'x'", 'PREPARE TRANSACTION'],
  ["insert into note values ('a;b'); commit", 'COMMIT'],
  ["select E'it\\'s'; commit", 'COMMIT'],
  ['select $body$ ; $x$ $body$; rollback', 'ROLLBACK'],
])('refuses %j as %s', (text, refused) => {
  expect(findControl(text).refused).toBe(refused);
});

test.each([
  'savepoint a',
  'release savepoint a',
  'rollback to a',
  'rollback to savepoint a',
  'rollback work to savepoint a',
  'prepare plan as select 1',
  'set transaction isolation level serializable',
  "select '; commit'",
  'select "; commit" from t',
  'select 1 -- ; commit',
  'select 1 /* ; commit; */',
  'select $$ ; commit; $$',
  'select case when true then 1 end',
  'update student set commit = 1',
  'select 1; select case when true then 1 end',
  'create trigger t after insert on a begin insert into b values (1); end',
  'create or replace function f() returns int language sql begin atomic; select 1; end',
])('lets %j pass', (text) => {
  expect(findControl(text).refused).toBeUndefined();
});

test('tells a rollback to a savepoint', () => {
  expect(findControl('ROLLBACK TO a').recovers).toBe(true);
  expect(findControl('select 1').recovers).toBe(false);
  expect(findControl('savepoint rollback').recovers).toBe(false);
});
