import { expect, test } from 'vitest';
import { apart } from './apart.ts';

test('a copy is the same and shares nothing', () => {
  const value = { id: 1, list: [{ a: null }, 'b', undefined], deep: { deeper: { d: true } } };
  const copy = apart(value) as typeof value;
  expect(copy).toStrictEqual(structuredClone(value));
  expect(copy).not.toBe(value);
  expect(copy.list).not.toBe(value.list);
  expect(copy.list[0]).not.toBe(value.list[0]);
  expect(copy.deep.deeper).not.toBe(value.deep.deeper);
});

const circular: Record<string, unknown> = {};
circular.self = circular;
const chain = (length: number): unknown => (length === 0 ? 1 : { next: chain(length - 1) });

test.each([
  ['holes', Object.assign(new Array(3), { 2: 1 })],
  ['a name on an array', Object.assign([1], { more: 2 })],
  ['an own __proto__', JSON.parse('{"__proto__":{"role":"admin"},"a":1}')],
  ['no prototype', Object.assign(Object.create(null), { a: 1 })],
  ['a date', { at: new Date(0) }],
  ['a map', [new Map([[1, 2]])]],
  ['a circle', circular],
  ['many levels', chain(100)],
])('%s: what structuredClone makes of it', (_, value) => {
  expect(apart(value)).toStrictEqual(structuredClone(value));
});

test.each([
  ['a function', { make: () => 1 }],
  ['a symbol', [Symbol('s')]],
  ['a proxy', new Proxy({}, {})],
  ['a proxy of an array', { list: new Proxy([], {}) }],
])('%s is refused, as structuredClone does', (_, value) => {
  expect(() => apart(value)).toThrow(DOMException);
});
