import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineSession } from '../shape/define-session.ts';
import { fixCorruptedSession } from './fix-corrupted-session.ts';

const ROLES = ['guest', 'student', 'admin'] as const;
const shape = defineSession({
  keys: {
    userId: { kind: 'identity', schema: z.uuid() },
    org: { kind: 'identity', schema: z.object({ id: z.number() }) },
    role: { kind: 'authority', schema: z.enum(ROLES), leastPrivilege: 'guest' },
    rights: { kind: 'authority', schema: z.array(z.string()) },
    xp: { kind: 'preference', schema: z.number().int(), default: 0 },
    caught: { kind: 'preference', schema: z.enum(['a', 'b']).catch('b'), default: 'a' },
    coerced: { kind: 'preference', schema: z.coerce.number(), default: 1 },
    made: { kind: 'preference', schema: z.array(z.any()), default: () => [] },
    kept: { kind: 'preference', schema: z.object({ l: z.array(z.number()) }), default: { l: [] } },
    trimmed: { kind: 'preference', schema: z.string().trim() },
  },
});

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  key: fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'save', 'userId', 'role', 'toString'),
  ),
});

/** Rows that are nearly right: that is where granting would happen. */
const row = fc
  .record(
    {
      userId: fc.oneof(fc.uuid(), anything),
      org: fc.oneof(fc.record({ id: fc.integer() }), anything),
      role: fc.oneof(fc.constantFrom(...ROLES), anything),
      rights: fc.oneof(fc.array(fc.string()), anything),
      xp: fc.oneof(fc.integer(), anything),
      caught: anything,
      coerced: anything,
      made: fc.oneof(fc.array(anything), anything),
      kept: anything,
      trimmed: fc.oneof(fc.string(), anything),
      csrf: fc.string(),
      ['__proto__']: anything,
      save: anything,
    },
    { requiredKeys: [] },
  )
  .map((record) => ({ ...record }));

const own = (object: unknown, key: string): unknown =>
  typeof object === 'object' && object !== null
    ? Object.getOwnPropertyDescriptor(object, key)?.value
    : undefined;

const validIdentity = (from: unknown): boolean =>
  z.uuid().safeParse(own(from, 'userId')).success &&
  JSON.stringify(z.object({ id: z.number() }).safeParse(own(from, 'org')).data) ===
    JSON.stringify(own(from, 'org'));

/** What must hold of any session made from any value. */
function expectNothingGranted(before: unknown, after: Record<string, unknown>): void {
  for (const key of ['userId', 'org']) {
    if (Object.hasOwn(after, key)) expect(JSON.stringify(after[key])).toBe(JSON.stringify(own(before, key)));
  }
  for (const [key, least] of [
    ['role', 'guest'],
    ['rights', undefined],
  ] as const) {
    if (after[key] === undefined || after[key] === least) continue;
    expect(JSON.stringify(after[key])).toBe(JSON.stringify(own(before, key)));
    expect(validIdentity(before)).toBe(true);
    expect(validIdentity(after)).toBe(true);
  }
  expect(after.xp).toSatisfy(Number.isInteger);
  expect(['a', 'b']).toContain(after.caught);
  expect(Object.getOwnPropertyNames(after)).not.toContain('__proto__');
}

function references(value: unknown, into: Set<object> = new Set()): Set<object> {
  if (typeof value !== 'object' || value === null || into.has(value)) return into;
  into.add(value);
  for (const item of Object.values(value)) references(item, into);
  return into;
}

const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));

test('heal never throws, never grants, and heals once, whatever comes in', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.oneof(anything, row), (value) => {
      const { data } = shape.heal(value);
      expectNothingGranted(value, data);
      expect(JSON.parse(JSON.stringify(data))).toEqual(data);
      const again = shape.heal(data);
      expect(again.repairs).toEqual([]);
      expect(again.data).toEqual(data);
      expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype);
    }),
    { numRuns: 2_000 },
  );
});

test('in place: the same, and keys that the shape does not know stay the same objects', {
  timeout: 60_000,
}, () => {
  const mine = { list: [1] };
  fc.assert(
    fc.property(row, (record) => {
      const before = { ...record, mine };
      const session: Record<string, unknown> = { ...record, mine };
      fixCorruptedSession(session, shape);
      expectNothingGranted(before, session);
      expect(session.mine).toBe(mine);
      expect(session.csrf).toBe(before.csrf);
      expect(fixCorruptedSession(session, shape)).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('two healed sessions share no reference, with each other or with what came in', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(row, (record) => {
      const [a, b] = [references(shape.heal(record).data), references(shape.heal(record).data)];
      expect([...a].filter((one) => b.has(one))).toEqual([]);
      const given = references(record);
      expect([...a].filter((one) => given.has(one))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('an intact session keeps every byte of its identity and authority', { timeout: 60_000 }, () => {
  const intact = fc.record({
    userId: fc.uuid(),
    org: fc.record({ id: fc.integer() }),
    role: fc.constantFrom(...ROLES),
    rights: fc.array(fc.string()),
  });
  fc.assert(
    fc.property(intact, row, (good, noise) => {
      expect(shape.heal({ ...noise, ...good }).data).toMatchObject(good);
    }),
    { numRuns: 1_000 },
  );
});
