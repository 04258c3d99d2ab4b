import { expect, test } from 'vitest';
import { DANGEROUS, rulesOf } from './compiled-shape.ts';
import { defineSession } from './define-session.ts';
import { lookUp, tableFor } from './name-table.ts';

const schema = {
  '~standard': { version: 1, vendor: 'ours', validate: (value: unknown) => ({ value }) },
} as const;
const rules = rulesOf(
  defineSession({ keys: { xp: { kind: 'preference', schema }, theme: { kind: 'preference', schema } } }),
);

test('a name has its key wherever it stands, whatever stood there before', () => {
  const table = tableFor(Object.prototype, rules);
  for (const names of [
    ['xp', 'theme', 'save'],
    ['theme', 'xp', 'constructor'],
    ['constructor', 'cookie', 'theme', 'xp'],
    ['xp', 'theme'],
  ]) {
    const found = names.map((name, at) => lookUp(table, name, at));
    const expected = { xp: 'xp', theme: 'theme', constructor: DANGEROUS } as Record<string, string>;
    const told = found.map((one) => (typeof one === 'object' ? one.name : one));
    expect(told).toEqual(names.map((name) => (Object.hasOwn(expected, name) ? expected[name] : undefined)));
  }
});

test('what was found in one class of sessions is not believed in another', () => {
  class Host {
    theme(): void {}
  }
  expect(lookUp(tableFor(Object.prototype, rules), 'theme', 0)).toMatchObject({ name: 'theme' });
  expect(lookUp(tableFor(Host.prototype, rules), 'theme', 0)).toBe(DANGEROUS);
  expect(lookUp(tableFor(Host.prototype, rules), 'theme', 0)).toBe(DANGEROUS);
});

test('no more places are kept than a session of the shape has, and no name that it does not know', () => {
  const table = tableFor(Object.prototype, rules);
  const places = table.lastAt.length;
  for (let at = 0; at < 100; at += 1) lookUp(table, at % 2 === 0 ? `junk${at}` : 'xp', at);
  expect(table.lastAt).toHaveLength(places);
  expect(table.lastAt.every((one) => one === undefined || rules.names.has(one.name))).toBe(true);
});
