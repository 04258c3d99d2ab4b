import { expect, test } from 'vitest';
import { handOver, quarantineEntry } from './quarantine-entry.ts';

test('an entry has the hash of the id and 16 KiB of the bytes at most', () => {
  const entry = quarantineEntry('the-id', 'not-json', 'é'.repeat(10_000));
  expect(entry).toMatchObject({ reason: 'not-json', rawBytes: 20_000 });
  expect(entry.raw?.byteLength).toBe(16_384);
  expect(entry.idHash).toMatch(/^[\w-]{43}$/);
  expect(JSON.stringify(entry)).not.toContain('the-id');
});

test('the bytes are a copy of what was seen, or nothing', () => {
  const bytes = Buffer.from('{"half');
  const entry = quarantineEntry('id', 'not-json', bytes);
  bytes.fill(0);
  expect(Buffer.from(entry.raw ?? []).toString()).toBe('{"half');
  expect(quarantineEntry('id', 'not-an-object')).toMatchObject({ raw: undefined, rawBytes: undefined });
});

test.each([
  [
    'throws',
    () => {
      throw new Error('full');
    },
    1,
  ],
  ['rejects', () => Promise.reject(new Error('full')), 1],
  ['hangs', () => new Promise<void>(() => {}), 0],
  ['answers', () => {}, 0],
])('a function that %s changes nothing', async (_, quarantine, failures) => {
  let failed = 0;
  handOver(quarantine, quarantineEntry('id', 'not-json'), () => {
    failed += 1;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(failed).toBe(failures);
});
