import { describe, expect, it } from 'vitest';
import { readOne } from './read-one.fixture.ts';
import { url } from './url.ts';

describe('url', () => {
  it.each(['postgres://u:p@h:5432/db', 'https://host', 'file:data.db', 'sqlite://x'])(
    'url takes %s as it is',
    (value) => {
      expect(readOne(url(), value)).toBe(value);
    },
  );

  it.each(['localhost:5432/db', 'host', '//host', 'http://', 'javascript:alert(1)'])(
    'url refuses %s',
    (value) => {
      expect(readOne(url(), value)).toBe('malformed');
    },
  );

  it('url keeps to its protocols', () => {
    const postgres = url({ protocols: ['postgres', 'postgresql'] });
    expect(readOne(postgres, 'postgresql://h/db')).toBe('postgresql://h/db');
    expect(readOne(postgres, 'mysql://h/db')).toBe('malformed');
    expect(readOne(url({ fallback: 'file:data.db' }))).toBe('file:data.db');
  });
});
