import { expect, test } from 'vitest';
import { classifyPostgres } from './postgres.ts';
import { pgMessages, postgresCodes } from './postgres-codes.ts';

const judge = (error: unknown) => classifyPostgres(error, 0);
const again = ['transient', 'final'] as const;

/** The table of the contract, written once more: code, whether it is run again, kind, outcome. */
const expected: [string, (typeof again)[number], string, string][] = [
  ['40001', 'transient', 'conflict', 'rejected'],
  ['40P01', 'transient', 'conflict', 'rejected'],
  ['55P03', 'transient', 'lock', 'rejected'],
  ['72000', 'transient', 'conflict', 'rejected'],
  ['57P01', 'transient', 'disconnect', 'unknown'],
  ['57P02', 'transient', 'disconnect', 'unknown'],
  ['57P03', 'transient', 'disconnect', 'not-sent'],
  ['53300', 'transient', 'rate-limit', 'not-sent'],
  ['08000', 'transient', 'disconnect', 'unknown'],
  ['08001', 'transient', 'disconnect', 'not-sent'],
  ['08003', 'transient', 'disconnect', 'unknown'],
  ['08004', 'transient', 'disconnect', 'not-sent'],
  ['08006', 'transient', 'disconnect', 'unknown'],
  ['08007', 'transient', 'disconnect', 'unknown'],
  ['40003', 'transient', 'disconnect', 'unknown'],
  ['25006', 'transient', 'disconnect', 'rejected'],
  ['26000', 'transient', 'conflict', 'rejected'],
  ['57014', 'final', 'timeout', 'rejected'],
  ['25P03', 'final', 'timeout', 'rejected'],
  ['25P04', 'final', 'timeout', 'rejected'],
  ['57P05', 'final', 'timeout', 'rejected'],
  ['25P02', 'final', 'invalid', 'rejected'],
  ['08P01', 'final', 'invalid', 'rejected'],
  ['0A000', 'final', 'invalid', 'rejected'],
  ['42501', 'final', 'auth', 'rejected'],
  ['53000', 'final', 'quota', 'rejected'],
  ['53100', 'final', 'quota', 'rejected'],
  ['53200', 'final', 'quota', 'rejected'],
  ['53400', 'final', 'quota', 'rejected'],
  ['XXA00', 'final', 'server', 'unknown'],
  ['21', 'final', 'invalid', 'rejected'],
  ['22', 'final', 'invalid', 'rejected'],
  ['23', 'final', 'invalid', 'rejected'],
  ['28', 'final', 'auth', 'rejected'],
  ['2D', 'final', 'invalid', 'rejected'],
  ['3D', 'final', 'invalid', 'rejected'],
  ['3F', 'final', 'invalid', 'rejected'],
  ['42', 'final', 'invalid', 'rejected'],
  ['44', 'final', 'invalid', 'rejected'],
  ['54', 'final', 'invalid', 'rejected'],
  ['55', 'final', 'invalid', 'rejected'],
  ['58', 'final', 'server', 'rejected'],
  ['F0', 'final', 'server', 'rejected'],
  ['P0', 'final', 'invalid', 'rejected'],
  ['XX', 'final', 'server', 'rejected'],
];

test.each(expected)('%s is %s: %s, %s', (code, sort, kind, outcome) => {
  const full = code.length === 2 ? `${code}Z99` : code;
  expect(judge({ code: full, severity: 'ERROR' })).toEqual({
    transient: sort === 'transient',
    kind,
    outcome,
    code: full,
  });
});

test('every row of the table has its test', () => {
  expect(expected.map(([code]) => code).sort()).toEqual([...postgresCodes.keys()].sort());
});

test.each([
  '23505',
  '23P01',
  '23502',
  '23503',
  '23514',
  '22P02',
  '42601',
  '28P01',
  '3D000',
  'P0001',
  '58030',
  'XX001',
])('the well-known %s is final', (code) => {
  expect(judge({ code })?.transient).toBe(false);
});

test.each(pgMessages.map(([text, verdict]) => [text, verdict] as const))(
  'pg says %j, without a code',
  (text, verdict) => {
    expect(judge(new Error(text))).toEqual(verdict);
    expect(judge(Object.assign(new Error(text), { code: 'P0001' }))?.code).toBe('P0001');
  },
);

test.each([
  ['ECONNREFUSED', 'connect', 'not-sent'],
  ['ENOTFOUND', 'getaddrinfo', 'not-sent'],
  ['EAI_AGAIN', 'getaddrinfo', 'not-sent'],
  ['ETIMEDOUT', 'connect', 'not-sent'],
  ['ECONNRESET', 'read', 'unknown'],
  ['EPIPE', 'write', 'unknown'],
  ['ETIMEDOUT', 'read', 'unknown'],
])('%s on %s is transient and %s', (code, syscall, outcome) => {
  expect(judge(Object.assign(new Error('x'), { code, syscall }))).toMatchObject({
    transient: true,
    outcome,
    code,
  });
});

test('a plan that an altered table made stale is worth a fresh connection, and no other 0A000', () => {
  expect(judge({ code: '0A000', routine: 'RevalidateCachedQuery' })?.transient).toBe(true);
});

test('causes are followed, however the error was wrapped, and cycles and hostile getters are harmless', () => {
  expect(judge(new Error('outer', { cause: new Error('inner', { cause: { code: '40001' } }) }))?.code).toBe(
    '40001',
  );
  const loop = new Error('loop');
  loop.cause = loop;
  expect(judge(loop)).toBeUndefined();
  const hostile = Object.defineProperty({}, 'code', {
    get() {
      throw new Error('no');
    },
  });
  expect(judge(hostile)).toBeUndefined();
});

test.each([undefined, null, 1, 'x', new Error('something else'), { code: 'ZZ999' }])(
  '%s is not known',
  (error) => {
    expect(judge(error)).toBeUndefined();
  },
);
