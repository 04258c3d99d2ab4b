import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineSession } from '../shape/define-session.ts';

const shape = defineSession({
  keys: {
    userId: { kind: 'identity', schema: z.string() },
    role: { kind: 'authority', schema: z.string() },
    xp: { kind: 'preference', schema: z.number(), default: 0 },
    any: { kind: 'preference', schema: z.any() },
  },
});
const fresh = { xp: 0 };

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = { value };
  return value;
}

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const trapped = (): object =>
  new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('no');
      },
      getOwnPropertyDescriptor() {
        throw new Error('no');
      },
    },
  );

test.each([
  ['null', null],
  ['undefined', undefined],
  ['a number', 42],
  ['a string', 'hello'],
  ['text of JSON', '{"userId":"me"}'],
  ['an array', [1, 2]],
  ['a function', () => 1],
  ['a BigInt', 1n],
  ['a symbol', Symbol('x')],
  ['a revoked proxy', revoked()],
])('%s becomes a fresh session', (_, value) => {
  const { data, repairs } = shape.heal(value);
  expect(data).toEqual(fresh);
  expect(repairs[0]).toMatchObject({ key: '', kind: 'session', action: 'reset' });
});

test.each([
  ['a proxy that throws', trapped()],
  [
    'a getter that throws',
    {
      get any() {
        throw new Error('no');
      },
    },
  ],
  ['a BigInt', { any: 1n }],
  ['a function', { any: () => 1 }],
  ['a symbol', { any: Symbol('x') }],
  ['NaN', { any: Number.NaN }],
  ['depth 10,000', { any: deep(10_000) }],
  ['10 MB', { any: 'x'.repeat(10_000_000) }],
  ['10 MB in a name', { ['x'.repeat(10_000_000)]: 1 }],
  ['a sparse array', { any: new Array(4_000_000_000) }],
  ['an object of a class', { any: new Map() }],
  [
    'a getter inside',
    {
      any: {
        get a() {
          throw new Error('no');
        },
      },
    },
  ],
  ['a proxy inside', { any: trapped() }],
])('%s is left out, in a moment', (_, value) => {
  const started = performance.now();
  const { data, repairs } = shape.heal(value);
  expect(data).toEqual(fresh);
  expect(repairs.length).toBeGreaterThan(0);
  expect(Math.max(...repairs.map(({ key }) => key.length))).toBeLessThanOrEqual(100);
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('a cycle costs its own key only', () => {
  const value: Record<string, unknown> = { userId: 'me', role: 'admin', xp: 5, csrf: 't' };
  value.any = { value };
  value.other = value;
  expect(shape.heal(value)).toEqual({
    data: { userId: 'me', role: 'admin', xp: 5, csrf: 't' },
    repairs: [
      { key: 'other', kind: 'unknown', action: 'removed', found: 'too deep' },
      { key: 'any', kind: 'preference', action: 'removed', found: 'too deep' },
    ],
  });
});

test('a value that doubles at each level ends by the budget', () => {
  let value: unknown = [1];
  for (let level = 0; level < 28; level += 1) value = [value, value];
  const started = performance.now();
  expect(shape.heal({ a: value, b: value, c: value, any: value }).data).toEqual(fresh);
  expect(performance.now() - started).toBeLessThan(3_000);
});

test('junk does not use up what known keys need', () => {
  const junk = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, index) => [`junk${index}`, 'x'.repeat(1_000)]),
  );
  const { data, repairs } = shape.heal({ ...junk, userId: 'me', role: 'r', xp: 1 });
  expect(data).toMatchObject({ userId: 'me', role: 'r', xp: 1 });
  expect(Object.keys(data).length).toBeLessThanOrEqual(260);
  expect(repairs).toContainEqual({ key: '', kind: 'session', action: 'removed', found: 'too many keys' });
});

test('an identity that cannot be copied takes all authority with it', () => {
  expect(shape.heal({ userId: 'x'.repeat(70_000), role: 'admin' }).data).toEqual(fresh);
});

test('names that change what an object is are left out, and Object.prototype is not touched', () => {
  const row = JSON.parse(
    '{"__proto__":{"admin":true},"constructor":1,"prototype":2,"save":1,"any":{"__proto__":{"x":1},"y":2}}',
  );
  const { data } = shape.heal(row);
  expect(data).toEqual({ xp: 0, any: { y: 2 } });
  expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  expect(({} as { admin?: unknown }).admin).toBeUndefined();
});

test('an identity or authority with __proto__ inside is not kept without it: it is the stored one, or absent', () => {
  const objects = defineSession({
    keys: {
      user: { kind: 'identity', schema: z.looseObject({ id: z.number() }) },
      rights: { kind: 'authority', schema: z.any() },
    },
  });
  const user = JSON.parse('{"id":1,"__proto__":{"id":2}}');
  expect(objects.heal({ user, rights: 1 }).data).toEqual({});
  expect(objects.heal({ user: { id: 1 }, rights: { a: user } }).data).toEqual({ user: { id: 1 } });
});

test('shares nothing with what came in', () => {
  const any = { list: [1] };
  const { data, repairs } = shape.heal({ any, unknown: any, xp: 1 });
  expect(data).toEqual({ any, unknown: any, xp: 1 });
  expect(repairs).toEqual([]);
  expect(data.any).not.toBe(any);
  expect(data.any.list).not.toBe(any.list);
});

test('what comes out is what JSON brings back, -0 as well', () => {
  const { data } = defineSession({ keys: {} }).heal({ mine: [-0, { n: -0 }] });
  expect(JSON.parse(JSON.stringify(data))).toEqual(data);
});
