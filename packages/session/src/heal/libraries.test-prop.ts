import { type } from 'arktype';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { field } from '../field/field.ts';
import { restoreAuthority } from '../restore/restore-authority.ts';
import { defineSession } from '../shape/define-session.ts';
import type { StandardSchemaV1 } from '../shape/standard-schema.ts';
import { canonicalText } from '../text/canonical-text.ts';
import { fixCorruptedSession } from './fix-corrupted-session.ts';

const ROLES = ['guest', 'student', 'admin'] as const;
const USER = /^u\d+$/;

const throwing = (value: string): string => {
  if (value === 'OK') throw new Error('broken');
  return value;
};

/** The same keys in each library; those of `sly` change what they are given, each in a way that its library offers. */
interface Schemas {
  readonly userId: StandardSchemaV1;
  readonly tenant: StandardSchemaV1;
  readonly role: StandardSchemaV1;
  readonly rights: StandardSchemaV1;
  readonly xp: StandardSchemaV1;
  readonly sly: Readonly<Record<string, [schema: StandardSchemaV1, preset: unknown]>>;
}

const LIBRARIES: Readonly<Record<string, Schemas>> = {
  zod: {
    userId: z.string().regex(USER),
    tenant: z.looseObject({ id: z.number().int() }),
    role: z.enum(ROLES),
    rights: z.array(z.string()),
    xp: z.number().int().min(0),
    sly: {
      caught: [z.enum(['a', 'b']).catch('b'), 'a'],
      defaulted: [z.string().default('made up'), 'mine'],
      prefaulted: [z.string().trim().prefault('made up'), 'mine'],
      coerced: [z.coerce.number(), 1],
      coercedFlag: [z.coerce.boolean(), false],
      transformed: [z.string().transform((text) => text.toUpperCase()), 'OK'],
      preprocessed: [z.preprocess((value) => value ?? 'x', z.any()), 'x'],
      stripped: [z.object({ a: z.number() }), { a: 1 }],
      throwing: [z.string().transform(throwing), undefined],
    },
  },
  valibot: {
    userId: v.pipe(v.string(), v.regex(USER)),
    tenant: v.looseObject({ id: v.pipe(v.number(), v.integer()) }),
    role: v.picklist(ROLES),
    rights: v.array(v.string()),
    xp: v.pipe(v.number(), v.integer(), v.minValue(0)),
    sly: {
      caught: [v.fallback(v.picklist(['a', 'b']), 'b'), 'a'],
      defaulted: [v.optional(v.string(), 'made up'), 'mine'],
      coerced: [v.pipe(v.unknown(), v.transform(Number)), 1],
      transformed: [v.pipe(v.string(), v.toUpperCase()), 'OK'],
      stripped: [v.object({ a: v.number() }), { a: 1 }],
      throwing: [v.pipe(v.string(), v.transform(throwing)), undefined],
    },
  },
  arktype: {
    userId: type(USER),
    tenant: type({ id: 'number.integer' }),
    role: type("'guest'|'student'|'admin'"),
    rights: type('string[]'),
    xp: type('number.integer>=0'),
    sly: {
      parsed: [type('string.numeric.parse'), undefined],
      transformed: [type('string').pipe((text) => text.toUpperCase()), 'OK'],
      defaulted: [type({ a: 'number = 7' }), { a: 1 }],
      stripped: [type({ '+': 'delete', a: 'number' }), { a: 1 }],
      throwing: [type('string').pipe(throwing), undefined],
    },
  },
  'the built-in fields': {
    userId: field.string({ pattern: USER }),
    tenant: z.looseObject({ id: z.number().int() }),
    role: field.oneOf(ROLES),
    rights: field.array(field.string()),
    xp: field.int({ min: 0 }),
    sly: {
      seenAt: [field.date(), '2030-01-31T12:00:00.000Z'],
      numbers: [field.array(field.int()), [1]],
    },
  },
};

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
  key: fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'id', 'a', 'userId', 'role', 'toString'),
  ),
});
const near = fc.oneof(
  anything,
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    '0',
    'false',
    false,
    [],
    {},
    { a: 1 },
    { a: '1' },
    { a: 1, b: 2 },
    ' x ',
    'OK',
  ),
);

const own = (from: unknown, key: string): unknown =>
  typeof from === 'object' && from !== null ? Object.getOwnPropertyDescriptor(from, key)?.value : undefined;
const text = (value: unknown): string | undefined => {
  try {
    return canonicalText(value);
  } catch {
    return undefined;
  }
};
/** Nested `__proto__` keys are taken out of preferences, and of nothing else. */
const withoutProto = (value: unknown): string | undefined => {
  try {
    return text(JSON.parse(JSON.stringify(value, (key, item) => (key === '__proto__' ? undefined : item))));
  } catch {
    return undefined;
  }
};
/** What is right, in our own words and no library's. */
const isUser = (value: unknown): boolean => typeof value === 'string' && USER.test(value);
const isTenant = (value: unknown): boolean => Number.isInteger(own(value, 'id'));

describe.each(Object.entries(LIBRARIES))('%s', (_, schemas) => {
  const asked: unknown[] = [];
  const slyKeys = Object.fromEntries(
    Object.entries(schemas.sly).map(([name, [schema, preset]]) => [
      name,
      { kind: 'preference', schema, default: preset as object } as const,
    ]),
  );
  const shape = defineSession({
    keys: {
      userId: { kind: 'identity', schema: schemas.userId },
      tenant: { kind: 'identity', schema: schemas.tenant },
      role: { kind: 'authority', schema: schemas.role, leastPrivilege: 'guest' },
      rights: {
        kind: 'authority',
        schema: schemas.rights,
        restore: (identity) => {
          asked.push(structuredClone(identity));
          return ['restored'];
        },
      },
      xp: { kind: 'preference', schema: schemas.xp, default: 0 },
      ...slyKeys,
    },
  });

  const row = fc
    .record(
      {
        userId: fc.oneof(
          fc.nat().map((n) => `u${n}`),
          near,
        ),
        tenant: fc.oneof(fc.record({ id: fc.integer() }), near),
        role: fc.oneof(fc.constantFrom(...ROLES), near),
        rights: fc.oneof(fc.array(fc.string()), near),
        xp: fc.oneof(fc.nat(), near),
        csrf: fc.string(),
        ['__proto__']: anything,
        ...Object.fromEntries(Object.keys(schemas.sly).map((name) => [name, near])),
      },
      { requiredKeys: [] },
    )
    .map((record) => ({ ...record }) as Record<string, unknown>);

  function expectPromises(before: unknown, after: Record<string, unknown>, restored = false): void {
    for (const key of ['userId', 'tenant']) {
      if (after[key] !== undefined) expect(text(after[key])).toBe(text(own(before, key)));
    }
    const isIntact = isUser(after.userId) && isTenant(after.tenant);
    for (const [key, least] of Object.entries({ role: 'guest', rights: undefined })) {
      if (after[key] === undefined || after[key] === least) continue;
      expect(isIntact).toBe(true);
      if (restored && key === 'rights' && text(after.rights) === '["restored"]') continue;
      expect(text(after[key])).toBe(text(own(before, key)));
    }
    for (const [key, [, preset]] of Object.entries({ ...schemas.sly, xp: [schemas.xp, 0] as const })) {
      // What a schema makes of a value is never stored: it is the stored one, or the default.
      const stored = own(before, key);
      expect([text(stored), withoutProto(stored), text(preset)]).toContain(text(after[key]));
    }
  }

  test('raw values: never a throw, nothing invented, healed once', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.oneof(row, anything), (value) => {
        const { data } = shape.heal(value) as { data: Record<string, unknown> };
        expectPromises(value, data);
        expect(shape.heal(data)).toEqual({ data, repairs: [] });
      }),
      { numRuns: 1_000 },
    );
  });

  test('in place, and with what restore answers', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(row, async (before) => {
        const session = { ...before };
        fixCorruptedSession(session, shape);
        expectPromises(before, session);
        expect(fixCorruptedSession(session, shape)).toEqual([]);
        expect(session.csrf).toBe(before.csrf);
        asked.length = 0;
        await restoreAuthority(session, shape);
        expectPromises(before, session, true);
        for (const identity of asked) {
          expect(text(identity)).toBe(text({ userId: session.userId, tenant: session.tenant }));
        }
        const isIntact = isUser(session.userId) && isTenant(session.tenant);
        if (!isIntact) expect(session.rights).toBeUndefined();
        else if (text(session.tenant) !== undefined) expect(session.rights).toBeDefined();
      }),
      { numRuns: 700 },
    );
  });
});

test.each([
  ['valibot fallback', v.fallback(v.picklist(ROLES), 'admin')],
  ['valibot optional with a default', v.optional(v.picklist(ROLES), 'admin')],
  ['valibot transform', v.pipe(v.unknown(), v.transform(String))],
  ['arktype pipe', type('unknown').pipe(() => 'admin')],
  ['arktype parse', type('string').pipe((value) => `${value}!`)],
  ['arktype object with a default', type({ role: "'admin' = 'admin'" })],
])('%s is refused for identity and authority', (_, schema) => {
  for (const kind of ['identity', 'authority'] as const) {
    const keys = { userId: { kind: 'identity', schema: z.string() }, key: { kind, schema } } as const;
    expect(() => defineSession({ keys })).toThrow('`keys.key.schema`');
  }
});
