import { expect, test } from 'vitest';
import { z } from 'zod';
import { rulesOf } from '../shape/compiled-shape.ts';
import { defineSession } from '../shape/define-session.ts';
import { dropUnstorable } from './drop-unstorable.ts';

const rules = rulesOf(defineSession({ keys: { cart: { kind: 'preference', schema: z.any() } } }));
const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

test('leaves a session alone that can be stored, 199 levels deep as well', () => {
  const session = { cart: nested(199), mine: { a: [1, null, 'x'] } };
  expect(dropUnstorable(session, rules)).toEqual([]);
  expect(Object.keys(session)).toEqual(['cart', 'mine']);
});

test('takes out what is circular, a BigInt, too deep or throws, and nothing else', () => {
  const circular: unknown[] = [];
  circular.push(circular);
  const session = {
    cart: nested(200),
    big: [1n],
    circular,
    toJson: {
      toJSON() {
        throw new Error('no');
      },
    },
    get getter(): unknown {
      throw new Error('no');
    },
    mine: 1,
  };
  expect(dropUnstorable(session, rules)).toEqual([
    { key: 'cart', kind: 'preference', action: 'removed', found: 'array' },
    { key: 'big', kind: 'unknown', action: 'removed', found: 'array' },
    { key: 'circular', kind: 'unknown', action: 'removed', found: 'array' },
    { key: 'toJson', kind: 'unknown', action: 'removed', found: 'object' },
    { key: 'getter', kind: 'unknown', action: 'removed', found: 'unreadable' },
  ]);
  expect(session).toEqual({ mine: 1 });
});
