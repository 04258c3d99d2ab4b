import { createRandom } from '@resilient/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { showNew } from '../defaults/pending-defaults.ts';
import { healLoaded } from '../heal/heal-loaded.ts';
import { readyToSave } from '../save/ready-to-save.ts';
import { rowOf } from '../save/row-of.ts';
import { rulesOf } from '../shape/compiled-shape.ts';
import { defineSession } from '../shape/define-session.ts';

const release = (version: number, roles: [string, ...string[]], themes: [string, ...string[]], more = {}) =>
  defineSession({
    version,
    keys: {
      userId: { kind: 'identity', schema: z.string() },
      role: { kind: 'authority', schema: z.enum(roles) },
      theme: { kind: 'preference', schema: z.enum(themes), default: 'light' },
      hits: { kind: 'preference', schema: z.number(), default: 0 },
      ...more,
    },
    migrations: { [version]: (session) => ({ ...session, seen: version }) },
  });
const NEW_KEY = { tips: { kind: 'preference', schema: z.boolean(), default: true } } as const;
const RELEASES = [
  release(2, ['student'], ['light', 'dark']),
  release(3, ['student', 'mentor'], ['light', 'dark', 'solar'], NEW_KEY),
] as const;
type Release = (typeof RELEASES)[number];
type Session = Record<string, unknown>;

const textOf = (session: Session, shape: Release, id: string): string => {
  readyToSave(session);
  return JSON.stringify(rowOf(session, rulesOf(shape), id));
};

/** A session as a release stores it with the first write. */
function stored(shape: Release, id: string, keys: Session): string {
  const session: Session = {};
  showNew(session, rulesOf(shape));
  Object.assign(session, keys);
  return textOf(session, shape, id);
}

/** One request: heals what is stored, and lets a handler work. Answers what is stored then, and whether healing alone changed it. */
function serve(shape: Release, id: string, row: string, handler: (session: Session) => void) {
  const session = JSON.parse(row) as Session;
  healLoaded(session, shape, { id });
  const showAgain = readyToSave(session);
  const wasHealed = JSON.stringify(session) !== row;
  showAgain();
  handler(session);
  return { row: textOf(session, shape, id), wasHealed };
}

test('two releases serve the same sessions in turn 1,000 times: nothing is lost, nothing flaps, healing writes once', () => {
  const random = createRandom(3);
  const rows = new Map<string, string>();
  const healed = new Map<string, number>();
  const expected = new Map<string, Session>();
  for (let index = 0; index < 20; index += 1) {
    const keys = index % 2 === 0 ? { role: 'mentor', theme: 'solar' } : { role: 'student', theme: 'dark' };
    const all = { userId: `u${index}`, ...keys };
    const shape = RELEASES[index % 2 === 0 ? 1 : 0];
    rows.set(`s${index}`, stored(shape, `s${index}`, all));
    expected.set(`s${index}`, { ...all, hits: 0 });
  }
  for (let request = 0; request < 1_000; request += 1) {
    const id = `s${Math.floor(random() * 20)}`;
    const shape = RELEASES[request % 2] as Release;
    const own = expected.get(id) as Session;
    const isOld = shape.version === 2;
    const { row, wasHealed } = serve(shape, id, rows.get(id) as string, (session) => {
      expect(session.userId).toBe(own.userId);
      expect(session.role).toBe(isOld && own.role === 'mentor' ? undefined : own.role);
      expect(session.theme).toBe(isOld && own.theme === 'solar' ? 'light' : own.theme);
      expect(session.hits).toBe(own.hits);
      if (random() < 0.3) {
        session.hits = Number(session.hits) + 1;
        own.hits = session.hits;
      }
      const name = isOld ? 'note' : 'cart'; // what nobody has in the shape
      if (random() < 0.3) {
        session[name] = request;
        own[name] = request;
      }
    });
    if (wasHealed) healed.set(id, (healed.get(id) ?? 0) + 1);
    rows.set(id, row);
  }
  for (const [id, row] of rows) expect(JSON.parse(row)).toMatchObject(expected.get(id) as Session);
  // A session of release 2 is brought up once, and given what is new in release 3 by the same write.
  expect([...healed].sort()).toEqual([...healed.keys()].sort().map((id) => [id, 1]));
  expect([...healed.keys()].every((id) => Number(id.slice(1)) % 2 === 1)).toBe(true);
  expect(healed.size).toBe(10);
});

test('a row that lacks a default of its own release is given it by that release, and brought up by the next: two writes', () => {
  // Each is a rule of its own: what is stored gets its missing defaults, and release 2 cannot know that a release 3 will
  // write as well; and a session that release 3 has touched says so, or release 2 would take its roles for damage.
  let row = JSON.stringify({ userId: 'u', role: 'student', _v: 2 });
  const writes: number[] = [];
  for (let request = 0; request < 20; request += 1) {
    const shape = RELEASES[request % 2] as Release;
    const served = serve(shape, 'sid', row, () => {});
    if (served.wasHealed) writes.push(request);
    row = served.row;
  }
  expect(writes).toEqual([0, 1]);
  expect(JSON.parse(row)).toEqual({
    userId: 'u',
    role: 'student',
    theme: 'light',
    hits: 0,
    seen: 3,
    tips: true,
    _v: 3,
  });
});
