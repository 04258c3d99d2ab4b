import { expect, test } from 'vitest';
import { moderate } from './moderate.ts';

test.each([
  'What is your phone number?',
  'GUNS',
  'killing',
  'my  phone\nnumber',
  'g\u200bun',
  '\uff47\uff55\uff4e',
])('%j does not go on', (text) => {
  expect(moderate(text)).toBeUndefined();
});

test.each(['a skill', 'Gunnar has three apples', 'begun', 'What is a verb?'])('%j goes on', (text) => {
  expect(moderate(`  ${text} `)).toBe(text);
});
