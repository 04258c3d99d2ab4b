import { expect, test, vi } from 'vitest';
import { memoryLogger } from '../../test/support/memory-logger.ts';
import { checkReporter, type ErrorReporter, reportError } from './error-reporter.ts';

const CONTEXT = { origin: 'request', route: '/' } as const;

const told = (): { report: ErrorReporter; errors: unknown[] } => {
  const errors: unknown[] = [];
  return { report: (error) => errors.push(error), errors };
};

test('an error is reported once, and so is one that is wrapped later, or frozen', () => {
  const logger = memoryLogger();
  const { report, errors } = told();
  const error = new Error('inner');
  const frozen = Object.freeze(new Error('frozen'));
  for (const thrown of [error, error, new Error('outer', { cause: error }), frozen, frozen]) {
    reportError(report, thrown, CONTEXT, logger);
  }
  expect(errors).toEqual([error, frozen]);
});

test('what is no object is reported each time: two strings are two errors', () => {
  const { report, errors } = told();
  for (const thrown of ['a', 'a', null, undefined]) reportError(report, thrown, CONTEXT, memoryLogger());
  expect(errors).toEqual(['a', 'a', null, undefined]);
});

test('two reporters are told of the same error each', () => {
  const [first, second] = [told(), told()];
  const error = new Error('x');
  for (const { report } of [first, second]) reportError(report, error, CONTEXT, memoryLogger());
  expect([first.errors, second.errors]).toEqual([[error], [error]]);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('redis://user:pw@host is away');
    },
  ],
  ['rejects', () => Promise.reject(new Error('redis://user:pw@host is away'))],
])('a reporter that %s is logged, and nothing else happens', async (_name, report) => {
  const logger = memoryLogger();
  expect(reportError(report, new Error('x'), CONTEXT, logger)).toBe(undefined);
  await vi.waitFor(() => expect(logger.of('error')).toHaveLength(1));
  expect(logger.of('error')[0]?.message).toContain('`report` failed');
  expect(JSON.stringify(logger.lines)).not.toContain('pw@host');
});

test('nobody waits for a reporter that never ends, and none is not asked', () => {
  const logger = memoryLogger();
  reportError(() => new Promise(() => undefined), new Error('x'), CONTEXT, logger);
  reportError(undefined, new Error('x'), CONTEXT, logger);
  expect(logger.lines).toEqual([]);
});

test.each([[null], [{}], ['sentry'], [Object.assign(() => undefined, { flush: 1 })]])(
  'refuses %o',
  (report) => {
    expect(() => checkReporter(report)).toThrow(/`report`/);
  },
);
