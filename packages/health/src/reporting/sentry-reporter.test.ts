import { expect, test } from 'vitest';
import { THROWN } from '../../test/support/thrown.ts';
import { type SentryErrors, type SentryHint, sentryReporter } from './sentry-reporter.ts';

const REQUEST = { origin: 'request' } as const;

/** Sentry as far as it is used; with `integrations` that are set up. */
function fakeSentry(integrations: readonly string[] = []): {
  sentry: SentryErrors;
  sent: [unknown, SentryHint?][];
} {
  const sent: [unknown, SentryHint?][] = [];
  return {
    sent,
    sentry: {
      captureException: (error, hint) => sent.push(hint === undefined ? [error] : [error, hint]),
      flush: async (timeoutMs) => timeoutMs === 1_500,
      getClient: () => ({ getIntegrationByName: (name) => (integrations.includes(name) ? {} : undefined) }),
    },
  };
}

test('says of an error what the page and the log say of it, and nothing else', () => {
  const { sentry, sent } = fakeSentry();
  const error = new Error('x');
  const host = { headers: { cookie: 'sid=1' } };
  sentryReporter(sentry)(error, { origin: 'request', route: '/users/:id', correlationId: 'ab12', host });
  expect(sent).toEqual([
    [
      error,
      {
        mechanism: { handled: false, type: 'auto.http.resilient' },
        captureContext: { level: 'error', tags: { route: '/users/:id', correlation_id: 'ab12' } },
      },
    ],
  ]);
});

test('what nobody caught is fatal, unless Sentry’s own integration for it is set up', () => {
  for (const origin of ['uncaughtException', 'unhandledRejection'] as const) {
    const without = fakeSentry();
    sentryReporter(without.sentry)(null, { origin });
    expect(without.sent).toEqual([
      [null, expect.objectContaining({ captureContext: { level: 'fatal', tags: {} } })],
    ]);
    const beside = fakeSentry(['OnUncaughtException', 'OnUnhandledRejection']);
    sentryReporter(beside.sentry)(null, { origin });
    expect(beside.sent).toEqual([]);
  }
});

test('what Sentry has sent is not sent again, nor what wraps it', () => {
  const { sentry, sent } = fakeSentry();
  const report = sentryReporter(sentry);
  const inner = Object.defineProperty(new Error('inner'), '__sentry_captured__', { value: true });
  report(inner, REQUEST);
  report(new Error('outer', { cause: inner }), REQUEST);
  report(new AggregateError([new Error('other'), inner]), REQUEST);
  expect(sent).toEqual([]);
});

test.each([
  ['express', { __sentry_express_error_handled__: true }],
  ['fastify', { [Symbol('sentry.fastifyErrorCaptured')]: true }],
])('on what takes no mark, the one that Sentry left on a request of %s is believed', (_name, host) => {
  const { sentry, sent } = fakeSentry();
  const report = sentryReporter(sentry);
  for (const thrown of ['text', null, Object.freeze(new Error('frozen'))])
    report(thrown, { ...REQUEST, host });
  expect(sent).toEqual([]);
  report(new Error('another one of that request'), { ...REQUEST, host });
  expect(sent).toHaveLength(1);
  report('text', { ...REQUEST, host: {} });
  expect(sent).toHaveLength(2);
});

test.each(THROWN)('takes %s, and hands on nothing that cannot be read', (_name, make) => {
  const { sentry, sent } = fakeSentry();
  sentryReporter(sentry)(make(), REQUEST);
  expect(sent).toHaveLength(1);
  const [error] = sent[0] ?? [];
  expect(() => `${(error as Error | null)?.message} ${(error as Error | null)?.stack}`).not.toThrow();
  expect(() => Object.prototype.toString.call(error)).not.toThrow();
});

test('flushes Sentry, if it can be', async () => {
  expect(await sentryReporter(fakeSentry().sentry).flush?.(1_500)).toBe(true);
  expect(await sentryReporter({ captureException: () => undefined }).flush?.(1_500)).toBe(undefined);
});

test.each([[undefined], [null], [{}], [{ captureEvent: () => undefined }]])('refuses %o', (sentry) => {
  expect(() => sentryReporter(sentry as never)).toThrow(/`sentry`/);
});
