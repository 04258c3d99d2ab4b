import { describe, expect, it } from 'vitest';
import { oneOf } from './one-of.ts';
import { readOne } from './read-one.fixture.ts';

describe('oneOf', () => {
  it('oneOf takes its words alone', () => {
    expect(readOne(oneOf(['web', 'worker'], 'web'))).toBe('web');
    expect(readOne(oneOf(['web', 'worker']), 'Web')).toBe('malformed');
  });
});
