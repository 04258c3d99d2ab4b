import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, inject, test } from 'vitest';

test('a forked process runs TypeScript on the same Node and sees the sources, not the build', async () => {
  const child = fork(path.join(import.meta.dirname, 'source-child.ts'));
  const [message] = await once(child, 'message');
  expect(message).toEqual({
    version: process.version,
    testing: expect.stringMatching(/packages\/testing\/src\/index\.ts$/),
  });
});

test('the run has one PostgreSQL of its own', () => {
  expect(new URL(inject('postgresUrl')).protocol).toMatch(/^postgres(ql)?:$/);
});
