import { createHmac } from 'node:crypto';
import { checkKnown, checkOneOf, checkType, peek } from '@resilient/core';
import { MIN_WEBHOOK_SECRET } from '../defaults.ts';
import type { AlertNotice } from './notice.ts';
import { type AlertSink, SinkFailure } from './sink.ts';
import { slackText } from './slack-text.ts';

/** How a webhook is spoken to. */
export interface WebhookSinkOptions {
  /** `json` sends the notice as it is, `slack` a text for an incoming webhook of Slack. @defaultValue `'json'` */
  readonly format?: 'json' | 'slack';
  /** How the log calls it. @defaultValue `'webhook'` */
  readonly name?: string;
  /**
   * At least 16 characters. Signs each body: `X-Resilient-Signature: t=<seconds>,v1=<hex>` with HMAC-SHA256 over
   * `<seconds>.<body>`, so that the receiver can refuse what is not ours or old.
   */
  readonly secret?: string;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The URL is a secret: it is never shown, not even when it is wrong. */
function targetOf(url: unknown): string {
  const text = String(url);
  if (!URL.canParse(text)) throw new TypeError('expected `url` to be an absolute URL');
  const { protocol, hostname, username, password } = new URL(text);
  if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.test(hostname))) {
    throw new TypeError('expected `url` to be of https, or of http on this machine');
  }
  if (username !== '' || password !== '') {
    throw new TypeError('expected `url` to hold no user and password: fetch refuses them');
  }
  return text;
}

const signature = (secret: string, seconds: number, body: string): string =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;

/** `Retry-After`, in seconds or as a date. */
function retryAfterMs(value: string | null, epochNow: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - epochNow;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Statuses after which the same request may be taken later. */
const isTemporary = (status: number): boolean =>
  status >= 500 || status === 429 || status === 408 || status === 425;

function failureOf(error: unknown): SinkFailure {
  const cause = peek(error, 'cause');
  // The only word that fetch has for it.
  if (peek(cause, 'message') === 'unexpected redirect')
    return new SinkFailure('it answered with a redirect, which is not followed', { final: true });
  const code = peek(cause, 'code');
  return new SinkFailure(
    typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'no connection',
  );
}

/**
 * A sink that posts each notice to a URL. Redirects are not followed; 408, 425, 429, 5xx and lost connections are tried
 * again (`Retry-After` is kept to), every other status is final. The URL never reaches a log.
 *
 * @throws TypeError for a URL that is neither https nor on this machine, and for wrong options
 * @throws RangeError for a secret that is too short
 * @example
 * ```ts
 * import { createHealthMonitor, webhookSink } from '@resilient/health';
 *
 * const chat = webhookSink('https://hooks.slack.com/services/T0/B0/x', { format: 'slack' });
 * const monitor = createHealthMonitor({ alerts: { sinks: [chat] } });
 * await monitor.close();
 * ```
 */
export function webhookSink(url: string | URL, options: WebhookSinkOptions = {}): AlertSink {
  const target = targetOf(url);
  checkKnown('webhookSink', options, ['format', 'name', 'secret']);
  const { name = 'webhook', secret } = options;
  const format = checkOneOf('format', options.format ?? 'json', ['json', 'slack']);
  checkType('name', name, 'string');
  if (secret !== undefined && checkType('secret', secret, 'string').length < MIN_WEBHOOK_SECRET) {
    throw new RangeError(
      `expected \`secret\` to be a string of at least ${MIN_WEBHOOK_SECRET} characters, got ${secret.length}`,
    );
  }
  const bodyOf = (notice: AlertNotice): string =>
    JSON.stringify(format === 'slack' ? { text: slackText(notice) } : notice);

  return {
    name,
    async send(notice, { signal, epochNow }) {
      const body = bodyOf(notice);
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (secret !== undefined)
        headers['x-resilient-signature'] = signature(secret, Math.floor(epochNow / 1_000), body);
      const response = await fetch(target, {
        method: 'POST',
        headers,
        body,
        redirect: 'error',
        signal,
      }).catch((error: unknown) => {
        throw failureOf(error);
      });
      const { status, ok } = response;
      const wait = retryAfterMs(response.headers.get('retry-after'), epochNow);
      await response.body?.cancel();
      if (!ok)
        throw new SinkFailure(`it answered ${status}`, { final: !isTemporary(status), retryAfterMs: wait });
    },
  };
}
