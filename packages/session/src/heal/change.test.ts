import { expect, test } from 'vitest';
import { change, remove, replace } from './change.ts';

const plain = { writable: true, enumerable: true, configurable: true };

test.each<[string, () => object]>([
  ['a value', () => ({ xp: 'many' })],
  [
    'a getter alone',
    () => Object.defineProperty({}, 'xp', { get: () => 1, enumerable: true, configurable: true }),
  ],
  [
    'a setter that keeps what it likes',
    () =>
      Object.defineProperty({}, 'xp', { get: () => 1, set: () => {}, enumerable: true, configurable: true }),
  ],
  [
    'a value that cannot be written',
    () => Object.defineProperty({}, 'xp', { ...plain, value: 1, writable: false }),
  ],
])('%s gives way to another value, which is an ordinary one', (_, make) => {
  for (const work of [replace, change]) {
    const session = make();
    work(session, 'xp', 0);
    expect(Object.getOwnPropertyDescriptor(session, 'xp')).toEqual({ ...plain, value: 0 });
  }
});

test('what is fixed is refused by name, and stays as it is', () => {
  const session = Object.freeze({ xp: 'many' });
  for (const work of [
    () => replace(session, 'xp', 0),
    () => change(session, 'xp', 0),
    () => remove(session, 'xp'),
  ])
    expect(work).toThrow('expected `session` to be changeable, got one whose `xp` is fixed');
  expect(session).toEqual({ xp: 'many' });
});
