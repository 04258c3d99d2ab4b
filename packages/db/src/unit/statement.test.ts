import { createVirtualClock } from '@resilient/testing';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { FakeEngine } from '../../test/unit/fake-engine.ts';
import { describeStatement } from './statement.ts';

const db = new FakeEngine(createVirtualClock()).kysely;

test.each([
  [db.insertInto('note').values({ id: 1, text: 'SECRET' }).compile(), 'insert into note'],
  [db.updateTable('note').set({ text: 'SECRET' }).compile(), 'update note'],
  [db.deleteFrom('note as n').where('n.text', '=', 'SECRET').compile(), 'delete from note'],
  [db.selectFrom(db.selectFrom('note').selectAll().as('inner')).selectAll().compile(), 'select from note'],
  [db.withSchema('school').selectFrom('note').selectAll().compile(), 'select from note'],
  [db.selectNoFrom(sql`1`.as('one')).compile(), 'select from …'],
  [sql`  call pay(${'SECRET'})`.compile(db), 'call …'],
  [sql``.compile(db), 'a statement'],
])('names the kind and the table of a statement, nothing else', (query, name) => {
  expect(describeStatement(query)).toBe(name);
});
