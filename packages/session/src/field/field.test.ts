import { expect, test } from 'vitest';
import { defineSession } from '../shape/define-session.ts';
import type { StandardSchemaV1 } from '../shape/standard-schema.ts';
import { field } from './field.ts';

const accepts = (schema: StandardSchemaV1, value: unknown): boolean => {
  const result = schema['~standard'].validate(value) as StandardSchemaV1.Result<unknown>;
  if (result.issues === undefined) expect(result.value).toBe(value);
  return result.issues === undefined;
};
const judge = (schema: StandardSchemaV1, right: unknown[], wrong: unknown[]): void => {
  expect(right.filter((value) => !accepts(schema, value))).toEqual([]);
  expect([...wrong, undefined, null].filter((value) => accepts(schema, value))).toEqual([]);
};

test('int: whole numbers within bounds, nothing coerced', () => {
  judge(
    field.int(),
    [0, -5, 2 ** 53 - 1],
    [1.5, '3', Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 3n, true, [3]],
  );
  judge(field.int({ min: 1, max: 3 }), [1, 2, 3], [0, 4]);
});

test('string: bounded length, and a pattern that is asked after the length', () => {
  judge(field.string(), ['', 'a', 'x'.repeat(4_096)], ['x'.repeat(4_097), 7, new String('a'), ['a']]);
  judge(field.string({ min: 2, max: 3 }), ['ab', 'abc'], ['a', 'abcd']);
  const sticky = field.string({ pattern: /^u\d+$/gy });
  judge(sticky, ['u1', 'u1', 'u22'], ['x', 'u', 'u1 ']);
  const slow = field.string({ pattern: /^(a+)+$/, max: 20 });
  expect(accepts(slow, `${'a'.repeat(10_000_000)}!`)).toBe(false);
});

test('oneOf: the values listed', () => {
  judge(field.oneOf(['a', 1, true]), ['a', 1, true], ['b', '1', 'true', 2, false, ['a']]);
});

test('date: the text of toISOString', () => {
  judge(
    field.date(),
    ['2030-01-31T12:00:00.000Z', new Date(0).toISOString(), '2024-02-29T00:00:00.000Z'],
    [
      new Date(),
      '2030-01-31',
      '2030-01-31T12:00:00Z',
      '2030-02-31T12:00:00.000Z',
      '2030-13-01T00:00:00.000Z',
      0,
    ],
  );
});

test('array: bounded length, each item unchanged by its schema', () => {
  judge(
    field.array(field.int({ min: 0 }), { min: 1, max: 3 }),
    [[1], [1, 2, 3]],
    [[], [1, 2, 3, 4], [1, '2'], [-1], [1, undefined], new Array(2), { length: 1, 0: 1 }, 'a'],
  );
  judge(field.array(field.array(field.oneOf(['x']))), [[], [[]], [['x'], []]], [['x'], [['y']]]);
  const coercing: StandardSchemaV1 = {
    '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value: String(value) }) },
  };
  judge(field.array(coercing as StandardSchemaV1<unknown, string>), [['a']], [[1]]);
  const broken: StandardSchemaV1 = {
    '~standard': {
      version: 1,
      vendor: 'x',
      validate: () => {
        throw new Error('no');
      },
    },
  };
  expect(accepts(field.array(broken), [1])).toBe(false);
});

test.each([
  [() => field.int({ min: 2, max: 1 }), RangeError, '`max`'],
  [() => field.int({ min: 0.5 }), RangeError, '`min`'],
  [() => field.int({ least: 1 } as never), TypeError, 'unknown option `least` of field.int'],
  [() => field.string({ pattern: '^u' as never }), TypeError, '`pattern` to be a RegExp'],
  [() => field.string({ max: -1 }), RangeError, '`max`'],
  [() => field.oneOf([]), TypeError, '`values`'],
  [() => field.oneOf([Number.NaN]), TypeError, '`values`'],
  [() => field.oneOf('ab' as never), TypeError, '`values`'],
  [() => field.array(1 as never), TypeError, '`item`'],
  [() => field.array(field.int(), { max: 'many' as never }), TypeError, '`max`'],
])('refuses wrong options: %s', (make, type, message) => {
  expect(make).toThrow(type);
  expect(make).toThrow(message);
});

test('they stand for identity, authority and preferences, and a Date default is told to use field.date', () => {
  const shape = defineSession({
    keys: {
      userId: { kind: 'identity', schema: field.string({ pattern: /^u\d+$/ }) },
      role: { kind: 'authority', schema: field.oneOf(['student', 'admin']) },
      seenAt: { kind: 'preference', schema: field.date(), default: () => new Date(0).toISOString() },
      xp: { kind: 'preference', schema: field.int({ min: 0 }), default: 0 },
    },
  });
  const row = { userId: 'u1', role: 'admin', seenAt: '2030-01-31T12:00:00.000Z', xp: 1 };
  expect(shape.heal(row)).toEqual({ data: row, repairs: [] });
  expect(shape.heal({ ...row, userId: 'root', xp: '1' }).data).toEqual({ seenAt: row.seenAt, xp: 0 });
  expect(() =>
    defineSession({
      keys: { at: { kind: 'preference', schema: field.date(), default: new Date(0) as never } },
    }),
  ).toThrow('field.date()');
});
