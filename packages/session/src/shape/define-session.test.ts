import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineSession } from './define-session.ts';
import type { SessionDefinition, SessionKeys } from './types.ts';

const define = (definition: unknown): unknown => defineSession(definition as SessionDefinition<SessionKeys>);
const withKey = (key: unknown, others: object = {}): (() => unknown) => {
  return () => define({ keys: { ...others, key } });
};
const userId = { userId: { kind: 'identity', schema: z.string() } };

test('answers the keys as they were given, frozen, and version 1', () => {
  const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });
  expect(shape.version).toBe(1);
  expect(shape.keys.xp.kind).toBe('preference');
  expect(Object.isFrozen(shape)).toBe(true);
  expect(defineSession({ version: 3, keys: {} }).version).toBe(3);
});

test.each([
  ['catch', z.enum(['student', 'admin']).catch('admin'), 'undefined'],
  ['default', z.enum(['student', 'admin']).default('admin'), 'undefined'],
  ['prefault', z.string().prefault('admin'), 'undefined'],
  ['coerce.boolean', z.coerce.boolean(), 'undefined'],
  ['coerce.number', z.coerce.number(), 'null'],
  ['coerce.string', z.coerce.string(), 'undefined'],
  ['preprocess', z.preprocess((value) => value ?? 'admin', z.string()), 'undefined'],
  ['transform', z.string().transform((value) => `${value}!`), '""'],
  ['overwrite', z.string().overwrite((value) => (value === 'false' ? 'true' : value)), '"false"'],
  ['a stripping object', z.looseObject({}).transform(() => ({ root: true })), '{}'],
])('refuses a schema with %s for identity and authority', (_, schema, from) => {
  for (const kind of ['identity', 'authority'] as const) {
    expect(withKey({ kind, schema }, userId)).toThrow(TypeError);
    expect(withKey({ kind, schema }, userId)).toThrow(`\`keys.key.schema\``);
    expect(withKey({ kind, schema }, userId)).toThrow(`turns ${from} into`);
  }
  expect(withKey({ kind: 'preference', schema })).not.toThrow();
});

test('refuses a schema that changes what it is given in place', () => {
  const schema = z.any().transform((value) => {
    if (Array.isArray(value)) value.push('admin');
    return value;
  });
  expect(withKey({ kind: 'identity', schema })).toThrow('turns [] into');
});

test('refuses an asynchronous schema, and no rejection of it is left behind', async () => {
  const later = z.string().refine(async () => true);
  expect(withKey({ kind: 'preference', schema: later })).toThrow('`keys.key.schema` to be synchronous');
  const rejecting = {
    '~standard': { version: 1, vendor: 'x', validate: () => Promise.reject(new Error('no')) },
  };
  expect(withKey({ kind: 'preference', schema: rejecting })).toThrow('to be synchronous');
  await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would fail the run
});

test('accepts a schema that throws: it is asked again, and its answer counts as invalid', () => {
  const schema = {
    '~standard': {
      version: 1,
      vendor: 'x',
      validate: () => {
        throw new Error('broken');
      },
    },
  };
  const shape = define({ keys: { xp: { kind: 'preference', schema } } }) as ReturnType<typeof defineSession>;
  expect(shape.heal({ xp: 1 }).data).toEqual({});
});

test('refuses a default for identity and authority, and names leastPrivilege', () => {
  expect(withKey({ kind: 'identity', schema: z.string(), default: 'root' })).toThrow(
    'unexpected `keys.key.default`',
  );
  expect(withKey({ kind: 'authority', schema: z.string(), default: 'root' }, userId)).toThrow(
    '`leastPrivilege`',
  );
});

test('leastPrivilege must pass its own schema', () => {
  const schema = z.enum(['guest', 'admin']);
  expect(withKey({ kind: 'authority', schema, leastPrivilege: 'guest' }, userId)).not.toThrow();
  expect(withKey({ kind: 'authority', schema, leastPrivilege: 'nobody' }, userId)).toThrow(
    '`keys.key.leastPrivilege` to be a value that its own schema accepts',
  );
  expect(withKey({ kind: 'authority', schema, leastPrivilege: () => 'guest' }, userId)).toThrow(
    'to be a value',
  );
  expect(withKey({ kind: 'identity', schema, leastPrivilege: 'guest' })).toThrow(
    'unknown option `leastPrivilege`',
  );
});

test.each([
  ['a Date', z.date(), new Date(0), 'a Date'],
  ['a Date inside', z.any(), { seen: [new Date(0)] }, 'a Date at seen[0]'],
  ['a Map', z.any(), new Map(), 'an instance of a class'],
  ['NaN', z.any(), Number.NaN, 'NaN'],
  ['a BigInt', z.bigint(), 1n, 'a value of type bigint'],
  ['undefined in an array', z.any(), [undefined], 'a value of type undefined at [0]'],
  ['a function of undefined', z.any(), () => undefined, 'undefined'],
  ['a function of a Date', z.any(), () => new Date(0), 'a Date'],
])('refuses a default that JSON does not give back: %s', (_, schema, value, shown) => {
  expect(withKey({ kind: 'preference', schema, default: value })).toThrow(TypeError);
  expect(withKey({ kind: 'preference', schema, default: value })).toThrow(`got ${shown}`);
});

test('refuses a cyclic default, and one that its own schema refuses or changes', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  expect(withKey({ kind: 'preference', schema: z.any(), default: cyclic })).toThrow('a cycle');
  expect(withKey({ kind: 'preference', schema: z.number(), default: 'many' })).toThrow(
    '`keys.key.default` to be a value',
  );
  expect(withKey({ kind: 'preference', schema: z.coerce.number(), default: '1' })).toThrow('its own schema');
});

test('refuses authority where no identity stands beside it', () => {
  expect(withKey({ kind: 'authority', schema: z.string() })).toThrow(
    'to have an identity beside the authority `key`',
  );
});

test.each([
  '__proto__',
  'constructor',
  'prototype',
  'cookie',
  'save',
  'regenerate',
  'sessionId',
  '_v',
  'toString',
])('refuses a key of the name %s', (name) => {
  const keys = Object.fromEntries([[name, { kind: 'preference', schema: z.any() }]]);
  expect(() => define({ keys })).toThrow(`a name other than \`${name}\``);
});

test.each([
  [undefined, 'expected `options of defineSession` to be an object, got undefined'],
  [{}, 'expected `keys` to be an object, got undefined'],
  [{ keys: {}, version: 0 }, 'expected `version` to be an integer'],
  [{ keys: {}, version: '1' }, 'expected `version` to be an integer'],
  [{ keys: {}, maxDepth: 1e6 }, 'expected `maxDepth` to be an integer'],
  [{ keys: {}, migrations: 1 }, 'expected `migrations` to be an object, got 1'],
  [{ keys: {}, version: 2, migrations: { 1: () => {} } }, 'with versions from 2 to 2 as its keys, got "1"'],
  [{ keys: {}, version: 2, migrations: { 3: () => {} } }, 'with versions from 2 to 2 as its keys, got "3"'],
  [{ keys: {}, version: 2, migrations: { two: () => {} } }, 'got "two"'],
  [{ keys: {}, version: 2, migrations: { 2: {} } }, 'expected `migrations.2` to be a function'],
  [{ keys: {}, key: {} }, 'unknown option `key` of defineSession'],
  [{ keys: { a: 1 } }, 'expected `keys.a` to be an object, got 1'],
  [
    { keys: { a: { kind: 'role' } } },
    'expected `keys.a.kind` to be one of "identity", "authority", "preference"',
  ],
  [{ keys: { a: { kind: 'preference' } } }, 'expected `keys.a.schema` to be a Standard Schema'],
  [
    { keys: { ...userId, a: { kind: 'authority', schema: z.any(), restore: 1 } } },
    'expected `keys.a.restore` to be a function, got 1',
  ],
  [{ keys: { a: { kind: 'identity', schema: z.any(), restore: () => 1 } } }, 'unknown option `restore`'],
  [
    { keys: { a: { kind: 'identity', schema: z.any(), renamedFrom: 1 } } },
    '`keys.a.renamedFrom` to be a string',
  ],
  [{ keys: { a: { kind: 'identity', schema: z.any(), renamedFrom: 'cookie' } } }, 'got "cookie"'],
  [{ keys: { a: { kind: 'identity', schema: z.any(), renamedFrom: 'toString' } } }, 'got "toString"'],
  [
    { keys: { ...userId, a: { kind: 'identity', schema: z.any(), renamedFrom: ['b', 'userId'] } } },
    '`keys.a.renamedFrom` to be a name that no other key has or had, got "userId"',
  ],
  [{ keys: {}, seal: {} }, 'expected `seal.secrets` to be a list of at least one secret'],
  [{ keys: {}, seal: { secrets: [] } }, 'to be a list of at least one secret, got an empty one'],
  [{ keys: {}, seal: { secrets: ['HUSH-HUSH'] } }, 'to be a string of at least 32 bytes, got 9 bytes'],
  [{ keys: {}, seal: { secrets: [7] } }, 'got a value of type number'],
  [
    { keys: {}, seal: { secrets: ['x'.repeat(32)], accept: 'all' } },
    'expected `seal.accept` to be one of "unsealed"',
  ],
  [{ keys: { a: { kind: 'preference', schema: z.any(), defalut: 1 } } }, 'unknown option `defalut`'],
])('refuses %o', (definition, message) => {
  expect(() => define(definition)).toThrow(message);
});

test('a refused secret is not shown, not even a short one', () => {
  for (const secrets of ['HUSH', ['HUSH'], ['HUSH', 1]]) {
    expect(() => define({ keys: {}, seal: { secrets } })).not.toThrow('HUSH');
    expect(() => define({ keys: {}, seal: { secrets } })).toThrow();
  }
});
