import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { healLoaded } from '../heal/heal-loaded.ts';
import { restoreAuthority } from '../restore/restore-authority.ts';
import { readyToSave } from '../save/ready-to-save.ts';
import { rowOf } from '../save/row-of.ts';
import { rulesOf } from '../shape/compiled-shape.ts';
import { defineSession } from '../shape/define-session.ts';
import { RepeatedRepairs } from './repeated-repairs.ts';

const HOUR_MS = 3_600_000;
const define = () =>
  defineSession({
    keys: {
      userId: { kind: 'identity', schema: z.string() },
      role: { kind: 'authority', schema: z.enum(['student', 'admin']), restore: () => 'student' },
      xp: { kind: 'preference', schema: z.number(), default: 0 },
      theme: { kind: 'preference', schema: z.string(), default: 'light' },
    },
  });

type Row = Record<string, unknown>;
const good = (): Row => ({ userId: 'u1', role: 'student', xp: 1, theme: 'dark' });

/** A session whose writer breaks it before each request; answers what is stored after it, and what was heard. */
function writer(damage: (row: Row) => void, shape = define()) {
  const clock = createVirtualClock();
  const rules = rulesOf(shape);
  let row = good();
  return {
    clock,
    async request(id = 'sid') {
      damage(row);
      const before = JSON.stringify(row);
      const heard: ResilienceEvent[] = [];
      const stop = onResilienceEvent((event) => heard.push(event));
      const session = structuredClone(row);
      const { needsRestore, repairs } = healLoaded(session, shape, { id, clock });
      if (needsRestore) await restoreAuthority(session, shape, { clock });
      stop();
      const seen = { userId: session.userId, role: session.role, xp: session.xp, theme: session.theme };
      readyToSave(session);
      const isChanged = JSON.stringify(session) !== before;
      if (isChanged) row = JSON.parse(JSON.stringify(rowOf(session, rules, id))) as Row;
      const repeated = heard.flatMap((event) =>
        event.kind === 'session' && event.action === 'repeated' ? [event.key] : [],
      );
      return { seen, isChanged, repeated, repairs: repairs.length, row };
    },
  };
}

test('the third repair of a key within an hour raises an alert; from then on it is healed, not written', async () => {
  const { request, clock } = writer((row) => {
    row.xp = 'many';
  });
  for (let round = 1; round <= 6; round += 1) {
    const found = await request();
    expect(found.seen).toEqual({ userId: 'u1', role: 'student', xp: 0, theme: 'dark' });
    expect([found.isChanged, found.repeated, found.repairs]).toEqual([
      round <= 3,
      round === 3 ? ['xp'] : [],
      1,
    ]);
    await clock.advance(1_000);
  }
  expect((await request()).row.xp).toBe('many');
});

test('three repairs in more than an hour are none too many', async () => {
  const { request, clock } = writer((row) => {
    delete row.theme;
  });
  for (let round = 0; round < 8; round += 1) {
    expect((await request()).repeated).toEqual([]);
    await clock.advance(HOUR_MS / 2 + 1);
  }
});

test('a key that goes missing again and again is shown with its default and no longer stored', async () => {
  const { request } = writer((row) => {
    delete row.theme;
  });
  for (let round = 1; round <= 3; round += 1) expect((await request()).isChanged).toBe(true);
  const found = await request();
  expect([found.isChanged, found.seen.theme, found.row.theme]).toEqual([false, 'light', undefined]);
});

test('the other keys of the session, and the other sessions, are healed as ever', async () => {
  let round = 0;
  const { request } = writer((row) => {
    row.xp = 'many';
    round += 1;
    if (round === 5) row.theme = 7;
  });
  for (let times = 0; times < 4; times += 1) await request();
  const fifth = await request();
  expect([fifth.isChanged, fifth.row]).toEqual([true, { ...good(), xp: 'many', theme: 'light' }]);
  expect((await request('another')).row).toEqual({ ...good(), xp: 0, theme: 'light' });
});

test('authority that is broken again and again is asked for and shown, and not written', async () => {
  const { request } = writer((row) => {
    row.role = 'root';
  });
  const changed: boolean[] = [];
  const repeated: unknown[] = [];
  for (let round = 0; round < 6; round += 1) {
    const found = await request();
    expect(found.seen.role).toBe('student');
    changed.push(found.isChanged);
    repeated.push(...found.repeated);
  }
  expect(changed).toEqual([true, true, true, false, false, false]);
  expect([(await request()).row.role, repeated]).toEqual(['root', ['role']]);
});

test('authority that is lost again and again is restored, told once, and then shown only', async () => {
  const { request } = writer((row) => {
    delete row.role;
  });
  const found: boolean[] = [];
  const repeated: unknown[] = [];
  for (let round = 0; round < 6; round += 1) {
    const one = await request();
    expect(one.seen.role).toBe('student');
    found.push(one.isChanged);
    repeated.push(...one.repeated);
  }
  expect(found).toEqual([true, true, true, false, false, false]);
  expect(repeated).toEqual(['role']);
});

test('an identity that is broken again and again stays absent, and its row as it is', async () => {
  const { request } = writer((row) => {
    row.userId = 7;
    row.role = 'admin';
  });
  for (let round = 0; round < 3; round += 1) await request();
  const found = await request();
  expect(found.seen).toMatchObject({ userId: undefined, role: undefined });
  expect([found.isChanged, found.row.userId]).toEqual([false, 7]);
});

test('without an id nothing is counted', () => {
  const shape = define();
  for (let round = 0; round < 5; round += 1) {
    const session: Row = { xp: 'many' };
    healLoaded(session, shape);
    expect(session.xp).toBe(0);
    expect(Object.keys(session)).toContain('xp');
  }
});

test('remembers 10,000 sessions by the hash of their id; the one repaired longest ago gives way', () => {
  const repeats = new RepeatedRepairs();
  for (let round = 0; round < 3; round += 1) repeats.note('first', 'xp', round);
  expect(repeats.isQuiet('first', 'xp')).toBe(true);
  for (let id = 0; id < 9_999; id += 1) repeats.note(`s${id}`, 'xp', 10);
  expect([repeats.size, repeats.isQuiet('first', 'xp')]).toEqual([10_000, true]);
  repeats.note('one more', 'xp', 10);
  expect([repeats.size, repeats.isQuiet('first', 'xp')]).toEqual([10_000, false]);
});
