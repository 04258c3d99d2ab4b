import { expect, test } from 'vitest';
import { hashPassword, isPassword } from './password.ts';

test('a password fits its own hash, which holds neither it nor the same salt twice', async () => {
  const [one, two] = await Promise.all([hashPassword('learn-and-play'), hashPassword('learn-and-play')]);
  expect(one).not.toBe(two);
  expect(one).not.toContain('learn');
  expect(await isPassword('learn-and-play', one)).toBe(true);
  expect(await isPassword('learn-and-plaY', one)).toBe(false);
  expect(await isPassword('', one)).toBe(false);
});

test('nobody, and a hash that was damaged, fit no password', async () => {
  const hash = await hashPassword('x');
  for (const bad of [undefined, '', ':', 'zz:zz', hash.slice(0, -2), `${hash.split(':')[0]}:`]) {
    expect(await isPassword('x', bad)).toBe(false);
    expect(await isPassword('', bad)).toBe(false);
  }
});
