import { describe, expect, it } from 'vitest';
import { readOne, strong } from './read-one.fixture.ts';
import { secret } from './secret.ts';

describe('a secret', () => {
  it('must be as long as asked, in bytes', () => {
    expect(readOne(secret({ minBytes: strong.length }), strong)).toBe(strong);
    expect(readOne(secret({ minBytes: strong.length + 1 }), strong)).toBe('weak');
    expect(readOne(secret({ minBytes: 20 }), 'äöüßàéèçñø')).toBe('äöüßàéèçñø');
  });

  it('must have 10 different characters', () => {
    expect(readOne(secret(), '012345678'.repeat(4))).toBe('weak');
    expect(readOne(secret(), '0123456789'.repeat(4))).toBe('0123456789'.repeat(4));
  });

  it.each([
    'changeme',
    'secret',
    'dev',
    'development',
    'your-super-secret-key-please-change-it!!',
    'SECRET_KEY_CHANGE_ME_IN_PRODUCTION_2024',
    'this-is-not-a-secret-key-for-testing',
  ])('%s is one of the usual defaults', (value) => {
    expect(readOne(secret({ minBytes: 1 }), value)).toBe('weak');
  });

  it.each([
    strong,
    'correct horse battery staple and more',
    `dev-${strong}`,
    'f3a91c07'.repeat(3) + '5b2e8d64'.repeat(3),
  ])('%s is fine', (value) => {
    expect(readOne(secret(), value)).toBe(value);
  });
});
