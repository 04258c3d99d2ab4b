import { PLANS, ROLES } from './corpus-shape.fixture.ts';
import { pick, type Random, type Row, uuid } from './good-session.fixture.ts';

export const KINDS = [
  'flip',
  'truncate',
  'retype',
  'delete',
  'inject valid',
  'inject invalid',
  'forge version',
  'duplicate key',
] as const;
export type MutationKind = (typeof KINDS)[number];

const JUNK: readonly unknown[] = [
  null,
  '',
  0,
  -1,
  1.5,
  1e308,
  'false',
  'null',
  'undefined',
  '[object Object]',
  true,
  false,
  {},
  [],
  [[]],
  { a: 1 },
  '__proto__',
  'admin',
  ['admin'],
  { role: 'admin' },
  'x'.repeat(5_000),
];
const NAMES = [
  'userId',
  'uid',
  'tenant',
  'role',
  'plan',
  'rights',
  'xp',
  'points',
  'theme',
  'cart',
  'note',
  'cookie',
  'csrf',
  'rank',
  'lastUser',
  '_s',
  '__proto__',
  'constructor',
  'prototype',
  'save',
  'regenerate',
  'destroy',
  'touch',
  'toString',
  'valueOf',
  'hasOwnProperty',
];

function validValue(random: Random, name: string): unknown {
  switch (name) {
    case 'userId':
    case 'uid':
    case 'lastUser':
      return uuid(random);
    case 'tenant':
      return { id: Math.floor(random() * 1_000) };
    case 'role':
    case 'rank':
      return pick(random, ROLES);
    case 'plan':
      return pick(random, PLANS);
    case 'rights':
      return ['root'];
    case 'cart':
      return [{ sku: 'x', n: 1 }];
    case 'theme':
      return 'dark';
    default:
      return 7;
  }
}

/** `value` under `name` as JSON text, so that `__proto__` becomes an own key. */
function withKey(text: string, name: string, value: unknown): string {
  const row = JSON.parse(text) as Row;
  delete row[name];
  const rest = JSON.stringify(row);
  const entry = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return rest === '{}' ? `{${entry}}` : `${rest.slice(0, -1)},${entry}}`;
}

function retyped(random: Random, value: unknown): unknown {
  return pick(random, [
    String(value),
    [value],
    { value },
    Number(value),
    Boolean(value),
    null,
    JSON.stringify(value),
  ]);
}

/** Damages the text of a stored session in one way. */
export function mutate(text: string, kind: MutationKind, random: Random): string {
  const row = JSON.parse(text) as Row;
  const name = pick(random, Object.keys(row));
  switch (kind) {
    case 'flip': {
      const bytes = Buffer.from(text);
      const at = Math.floor(random() * bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
      return bytes.toString();
    }
    case 'truncate':
      return text.slice(0, Math.floor(random() * text.length));
    case 'retype':
      return withKey(text, name, retyped(random, row[name]));
    case 'delete':
      return JSON.stringify({ ...row, [name]: undefined });
    case 'inject valid': {
      const other = pick(random, NAMES);
      return withKey(text, other, validValue(random, other));
    }
    case 'inject invalid':
      return withKey(text, pick(random, NAMES), pick(random, JUNK));
    case 'forge version':
      return withKey(text, '_v', pick(random, [...JUNK, 1, 2, 3, 4, 99, 2 ** 53, '3', -3, 2.5]));
    case 'duplicate key': {
      const other = pick(random, NAMES);
      const value = random() < 0.5 ? validValue(random, other) : pick(random, JUNK);
      return `${text.slice(0, -1)},${JSON.stringify(other)}:${JSON.stringify(value)}}`;
    }
  }
}

/** Damages a text once, or several times where it stays JSON in between. */
export function mutateSome(text: string, random: Random): { text: string; kind: MutationKind } {
  const kind = pick(random, KINDS);
  let mutated = text;
  while (random() < 0.3) mutated = mutate(mutated, pick(random, KINDS.slice(2)), random);
  return { text: mutate(mutated, kind, random), kind };
}
