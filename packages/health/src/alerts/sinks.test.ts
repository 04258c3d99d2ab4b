import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AlertMail, emailSink } from './email-sink.ts';
import type { AlertNotice } from './notice.ts';
import { type SentryAlertEvent, sentrySink } from './sentry-sink.ts';
import type { SinkContext } from './sink.ts';
import { slackText } from './slack-text.ts';
import { webhookSink } from './webhook-sink.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

const notice = (change: Partial<AlertNotice> = {}): AlertNotice => ({
  state: 'fired',
  severity: 'critical',
  rule: 'repeated-error',
  key: '1-00',
  dedupKey: 'school/repeated-error/1-00',
  title: 'CRITICAL: the same error',
  summary: 'the same error',
  count: 11,
  total: 12,
  errorMessage: 'no stock',
  service: 'school',
  instance: 'one',
  at: new Date(AT),
  ...change,
});

const context: SinkContext = { signal: new AbortController().signal, epochNow: AT };

describe('slackText', () => {
  test.each([
    ['<!channel>', '&lt;!channel&gt;'],
    ['<@U123> & <https://evil.example|click>', '&lt;@U123&gt; &amp; &lt;https://evil.example|click&gt;'],
    ['&lt;!here&gt;', '&amp;lt;!here&amp;gt;'],
  ])('wakes nobody: %s', (message, shown) => {
    const text = slackText(notice({ errorMessage: message, title: message }));
    expect(text.split('\n')[0]).toBe(shown);
    expect(text).toContain(`error: ${shown}`);
    expect(text).not.toMatch(/[<>]/);
  });

  test('says everything in lines, and what was suppressed', () => {
    expect(slackText(notice({ route: '/buy/:id', suppressed: 3, link: 'https://school.example' }))).toBe(
      [
        'CRITICAL: the same error',
        'error: no stock',
        'route: /buy/:id',
        'in all: 12',
        'service: school',
        'instance: one',
        'at: 2026-01-02T03:04:05.000Z',
        'key: school/repeated-error/1-00',
        'link: https://school.example',
        '+3 suppressed',
      ].join('\n'),
    );
  });
});

describe('webhookSink', () => {
  let asked: { url: string; init: RequestInit }[];
  const realFetch = globalThis.fetch;

  const answer = (respond: () => Response | Promise<Response>): void => {
    globalThis.fetch = (async (url: string, init: RequestInit) => {
      asked.push({ url, init });
      return respond();
    }) as typeof fetch;
  };

  beforeEach(() => {
    asked = [];
  });

  afterEach(() => {
    globalThis.fetch = realFetch;
  });

  test.each([
    'http://hooks.example/x',
    'http://127.0.0.1.evil.example/x',
    'http://localhost.evil.example/x',
    'http://10.0.0.1/x',
    'ftp://127.0.0.1/x',
    'file:///etc/passwd',
    'not a url',
    'https://user:hunter2@hooks.example/x',
    undefined,
  ])('refuses %s, without repeating it', (url) => {
    let message = '';
    try {
      webhookSink(url as string);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      message = (error as Error).message;
    }
    expect(message).toContain('`url`');
    expect(message).not.toMatch(/hunter2|example|passwd|10\.0/);
  });

  test.each(['https://hooks.example/x', 'http://localhost:1/', 'http://127.0.0.2/', 'http://[::1]:80/'])(
    'takes %s',
    (url) => {
      expect(webhookSink(url).name).toBe('webhook');
    },
  );

  test.each([
    [{ format: 'xml' }, /`format`/],
    [{ secret: 'short' }, /`secret`.*got 5$/],
    [{ secret: 5 }, /`secret`/],
    [{ name: 5 }, /`name`/],
    [{ retries: 5 }, /`retries`/],
  ])('refuses %o', (options, message) => {
    expect(() => webhookSink('https://hooks.example/x', options as never)).toThrow(message);
  });

  test('posts the notice as JSON, signed, and follows no redirect', async () => {
    answer(() => new Response(null, { status: 204 }));
    const secret = 'a secret of more than sixteen';
    await webhookSink('https://hooks.example/x', { secret }).send(notice(), context);
    const { url, init } = asked[0] as (typeof asked)[0];
    expect([url, init.method, init.redirect, init.signal]).toEqual([
      'https://hooks.example/x',
      'POST',
      'error',
      context.signal,
    ]);
    expect(JSON.parse(String(init.body))).toEqual(JSON.parse(JSON.stringify(notice())));
    const v1 = createHmac('sha256', secret)
      .update(`${AT / 1_000}.${init.body}`)
      .digest('hex');
    expect(new Headers(init.headers).get('x-resilient-signature')).toBe(`t=${AT / 1_000},v1=${v1}`);
  });

  test('posts a text to Slack, and no signature without a secret', async () => {
    answer(() => new Response('ok'));
    await webhookSink('https://hooks.example/x', { format: 'slack' }).send(notice(), context);
    const { init } = asked[0] as (typeof asked)[0];
    expect(JSON.parse(String(init.body))).toEqual({ text: slackText(notice()) });
    expect(new Headers(init.headers).has('x-resilient-signature')).toBe(false);
  });

  test.each([
    [429, '7', { final: false, retryAfterMs: 7_000 }],
    [429, new Date(AT + 90_000).toUTCString(), { final: false, retryAfterMs: 90_000 }],
    [503, new Date(AT - 90_000).toUTCString(), { final: false, retryAfterMs: 0 }],
    [503, 'soon', { final: false, retryAfterMs: undefined }],
    [500, null, { final: false, retryAfterMs: undefined }],
    [408, null, { final: false }],
    [400, null, { final: true }],
    [404, null, { final: true }],
    [410, null, { final: true }],
  ])('an answer of %d with Retry-After %s', async (status, retryAfter, facts) => {
    answer(
      () =>
        new Response('a page with details', {
          status,
          headers: retryAfter === null ? {} : { 'retry-after': retryAfter },
        }),
    );
    await expect(webhookSink('https://hooks.example/x').send(notice(), context)).rejects.toMatchObject({
      message: `it answered ${status}`,
      ...facts,
    });
  });
});

describe('emailSink', () => {
  const mails: AlertMail[] = [];
  const transport = { sendMail: async (mail: AlertMail) => mails.push(mail) };
  const addresses = { from: 'app@example.com', to: 'one@example.com, two@example.com' };

  test('writes plain text, and no line break gets into the subject', async () => {
    await emailSink(transport, addresses).send(
      notice({ title: 'CRITICAL: a\r\nBcc: evil@example.com\u2028b', suppressed: 2 }),
      context,
    );
    expect(mails.at(-1)).toMatchObject({
      ...addresses,
      subject: '[school] CRITICAL: a Bcc: evil@example.com b (+2 suppressed)',
      text: expect.stringContaining('error: no stock\n'),
    });
    expect(Object.keys(mails.at(-1) ?? {}).sort()).toEqual(['from', 'subject', 'text', 'to']);
  });

  test('cuts a long subject', async () => {
    await emailSink(transport, addresses).send(notice({ title: 'x'.repeat(5_000) }), context);
    expect(mails.at(-1)?.subject).toHaveLength(150);
  });

  test.each([
    [{ ...addresses, from: 'a@b\r\nBcc: evil@example.com' }, /`from`/],
    [{ ...addresses, to: 'nobody' }, /`to`/],
    [{ from: 'a@b' }, /`to`/],
    [{ ...addresses, cc: 'x@y' }, /`cc`/],
  ])('refuses %o', (options, message) => {
    expect(() => emailSink(transport, options as never)).toThrow(message);
    expect(() => emailSink({} as never, addresses)).toThrow(/`transport`/);
  });
});

describe('sentrySink', () => {
  test.each([
    ['fired', 'critical', 'fatal'],
    ['repeated', 'warning', 'warning'],
    ['resolved', 'critical', 'info'],
  ] as const)('%s and %s is one event of level %s, one issue an alert', async (state, severity, level) => {
    const events: SentryAlertEvent[] = [];
    const sink = sentrySink({ captureEvent: (event) => events.push(event) });
    await sink.send(notice({ state, severity, suppressed: 4 }), context);
    expect(events).toEqual([
      {
        message: 'CRITICAL: the same error (+4 suppressed)',
        level,
        fingerprint: ['school/repeated-error/1-00'],
        tags: { rule: 'repeated-error', state, service: 'school', severity },
        contexts: {
          alert: expect.objectContaining({ count: 11, errorMessage: 'no stock', instance: 'one' }),
        },
      },
    ]);
    await sink.close?.();
  });

  test('refuses what cannot capture', () => {
    expect(() => sentrySink({} as never)).toThrow(/`sentry`/);
  });
});
