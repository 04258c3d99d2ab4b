import { expect, test } from 'vitest';
import { isSeveralStatements, mayTravelWithBegin } from './leads.ts';

test.each([
  ['select 1', true],
  ['  -- a note\n insert into x', true],
  ['/* why */ update x', true],
  ['((select 1))', true],
  ['copying', true],
  ['COPY x from stdin', false],
  ['-- a\n/* b */ copy x to stdout', false],
  ['/* a /* b */ c */ copy x from stdin', false],
  ['', false],
  ['$1', false],
])('%s: %s', (text, may) => {
  expect(mayTravelWithBegin(text)).toBe(may);
});

test('several statements are told from other mistakes of syntax', () => {
  expect(isSeveralStatements({ code: '42601', routine: 'exec_parse_message' })).toBe(true);
  expect(isSeveralStatements({ code: '42601', routine: 'scanner_yyerror' })).toBe(false);
  expect(isSeveralStatements({ code: '42703' })).toBe(false);
});
