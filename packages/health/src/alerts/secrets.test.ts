import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { memoryLogger } from '../../test/support/memory-logger.ts';
import { testMonitor } from '../../test/support/test-monitor.ts';
import { type AlertMail, emailSink } from './email-sink.ts';
import type { AlertNotice } from './notice.ts';
import { type SentryAlertEvent, sentrySink } from './sentry-sink.ts';
import { slackText } from './slack-text.ts';

/** Letters alone: words with digits are masked whatever they are. */
const PLANTED = 'hunterzwei';

/** Everything that leaves the process, or is shown, after an error came 11 times. */
async function leakOf(make: () => unknown): Promise<{ all: string; notices: AlertNotice[] }> {
  const clock = createVirtualClock();
  const logger = memoryLogger();
  const notices: AlertNotice[] = [];
  const mails: AlertMail[] = [];
  const events: SentryAlertEvent[] = [];
  const monitor = testMonitor({
    clock,
    logger,
    alerts: {
      sinks: [
        { name: 'test', send: (notice) => notices.push(notice) },
        emailSink({ sendMail: async (mail) => mails.push(mail) }, { from: 'a@b', to: 'c@d' }),
        sentrySink({ captureEvent: (event) => events.push(event) }),
      ],
    },
  });
  for (let i = 0; i < 11; i += 1) monitor.recordError(make(), { route: `/login?password=${PLANTED}` });
  await clock.advance(0);
  const parts = [notices, notices.map(slackText), mails, events, monitor.getReport(), logger.lines];
  await monitor.close();
  return { all: JSON.stringify(parts), notices };
}

const parse = (text: string): Error => {
  try {
    JSON.parse(text);
  } catch (error) {
    return error as Error;
  }
  throw new Error('it is JSON');
};

test.each<[string, () => unknown]>([
  ['a DSN in the message', () => new Error(`connect ECONNREFUSED redis://user:${PLANTED}@cache:6379/0`)],
  ['a DSN with @ in its password', () => new Error(`postgres://user:p@${PLANTED}@db/school is gone`)],
  ['an API key', () => new Error(`Incorrect API key provided: sk-${PLANTED}. Get one at …`)],
  ['a bearer token', () => new Error(`401 for Authorization: Bearer ${PLANTED}`)],
  ['a quoted value', () => new Error(`invalid input syntax for type integer: "${PLANTED}"`)],
  ['an apostrophe', () => new Error(`Can't log in with '${PLANTED}'`)],
  ['an e-mail address', () => new Error(`no mail to ${PLANTED}@example.com`)],
  ['a query', () => new Error(`GET https://api.example/v1?key=${PLANTED} failed`)],
  ['a JSON web token', () => new Error(`jwt malformed: eyJ${PLANTED}.eyJ${PLANTED}.${PLANTED}`)],
  ['a JSON of V8, cut before', () => parse(`{"user":"ada","pw":${PLANTED},"more":"x"}`)],
  ['a JSON of V8, short', () => parse(`{"a":"b",${PLANTED}`)],
  ['a JSON of V8, an odd quote', () => parse(`"a" ${PLANTED} b"`)],
  ['a JSON of V8, unterminated', () => parse(`["${PLANTED}`)],
  ['a JSON of V8, alone', () => parse(PLANTED)],
  ['its cause', () => new Error('not saved', { cause: new Error(`password=${PLANTED}`) })],
  ['its errors', () => new AggregateError([new Error(PLANTED)], 'all failed')],
  [
    'own properties, as axios has',
    () =>
      Object.assign(new Error('Request failed with status code #'), {
        config: { headers: { Authorization: `Bearer ${PLANTED}` }, data: `{"password":"${PLANTED}"}` },
        response: { headers: { 'set-cookie': PLANTED }, data: PLANTED },
        parameters: [PLANTED],
        detail: `Key (email)=(${PLANTED}) already exists.`,
        query: `insert into users values ('${PLANTED}')`,
      }),
  ],
  ['its code', () => Object.assign(new Error('x'), { code: `token=${PLANTED} was refused` })],
  ['its toString', () => Object.assign(new Error('x'), { toString: () => PLANTED })],
])('no secret leaves in a payload, the report or the log: %s', async (_name, make) => {
  const { all, notices } = await leakOf(make);
  expect(notices).toHaveLength(1);
  expect(all).not.toContain(PLANTED);
});

test('control characters, ANSI and line breaks of a message leave as spaces, HTML as it is: text, never markup', async () => {
  const { notices } = await leakOf(() => ({
    name: 'Bad\u001b[31mName\r\n',
    message: 'one\r\ntwo\u001b[2J\u0000three <img src=x onerror=alert(1)> <!channel>',
  }));
  const [notice] = notices;
  expect(JSON.stringify(notice)).not.toMatch(/\\u00|\\r|\\n/);
  expect(slackText(notice as AlertNotice)).not.toMatch(/[<>]/);
});

test('a reason of declareBroken is masked', async () => {
  const logger = memoryLogger();
  const monitor = testMonitor({ logger, clock: createVirtualClock() });
  monitor.declareBroken(`lost postgres://user:${PLANTED}@db/school`);
  expect(JSON.stringify([monitor.getReport(), logger.lines])).not.toContain(PLANTED);
  await monitor.close();
});
