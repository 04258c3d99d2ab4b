import { once } from 'node:events';
import { createServer } from 'node:net';
import { EnvironmentError } from '@resilient/core';
import { expect, test } from 'vitest';
import { describe } from './start-failure.ts';

test('a missing setting is said as a list, without a stack', () => {
  const problem = {
    name: 'SECRET_KEY',
    problem: 'missing',
    expected: 'a secret',
    mend: 'export SECRET_KEY=…',
  };
  const text = describe(new EnvironmentError([problem as never]));
  expect(text).toContain('SECRET_KEY');
  expect(text).not.toMatch(/\n\s+at /);
});

test('a port that is taken is said in one sentence', async () => {
  const [first, second] = [createServer(), createServer()];
  first.listen(0, '127.0.0.1');
  await once(first, 'listening');
  const { port } = first.address() as { port: number };
  second.listen(port, '127.0.0.1');
  const [error] = (await once(second, 'error')) as [Error];
  expect(describe(error)).toBe(`Port ${port} is in use by another program: set PORT to another one.`);
  first.close();
});

test('the stack is kept for a mistake in the code alone', () => {
  expect(describe(new ReferenceError('x is not defined'))).toMatch(/\n\s+at /);
  expect(describe(new Error('no such server'))).toBe('The site cannot start: no such server');
  expect(describe('why')).toBe('The site cannot start: why');
});
