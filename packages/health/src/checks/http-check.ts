import { checkNumber, checkOneOf, peek, refuse } from '@resilient/core';
import type { CheckResult } from './check-result.ts';
import { type CheckOptions, defineCheck, type HealthCheck } from './define-check.ts';

/** What can be said of {@link httpCheck}. */
export interface HttpCheckOptions extends Partial<Omit<CheckOptions, 'run'>> {
  /** @defaultValue `'GET'` */
  readonly method?: 'GET' | 'HEAD';
  /** The one status that is right, from 100 to 599. @defaultValue any of 200 to 299 */
  readonly expectStatus?: number;
}

function targetOf(url: string | URL): string {
  const text = String(url);
  // The URL itself may be a secret, and is not repeated.
  if (!URL.canParse(text)) throw new TypeError('expected `url` to be an absolute URL');
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') throw refuse('url', 'of http or https', protocol);
  if (username !== '' || password !== '') {
    throw new TypeError('expected `url` to hold no user and password: fetch refuses them');
  }
  return text;
}

/** What kept `fetch` from an answer, in a word: its own message names hosts. */
function reasonOf(error: unknown): string {
  const code = peek(peek(error, 'cause'), 'code');
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'no connection';
}

/**
 * A check of another service over HTTP, named `http` unless you say otherwise: `down` without an answer of 200 to 299
 * in time. A redirect is no such answer, and is not followed. Not required, and in no probe, since it is not ours.
 *
 * @throws TypeError or RangeError for a wrong URL or option
 * @example
 * ```ts
 * import { createHealthMonitor, httpCheck } from '@resilient/health';
 *
 * const mail = httpCheck('http://127.0.0.1:8025/', { name: 'mail' });
 * const monitor = createHealthMonitor({ checks: [mail] });
 * ```
 */
export function httpCheck(url: string | URL, options: HttpCheckOptions = {}): HealthCheck {
  const target = targetOf(url);
  const { method = 'GET', expectStatus, ...rest } = options;
  checkOneOf('method', method, ['GET', 'HEAD']);
  if (expectStatus !== undefined)
    checkNumber('expectStatus', expectStatus, { min: 100, max: 599, integer: true });
  const isRight = (status: number): boolean =>
    expectStatus === undefined ? status >= 200 && status <= 299 : status === expectStatus;

  const run = async ({ signal }: { readonly signal: AbortSignal }): Promise<CheckResult> => {
    try {
      const { status, body } = await fetch(target, { method, signal, redirect: 'manual' });
      await body?.cancel();
      return { status: isRight(status) ? 'ok' : 'down', details: { httpStatus: status } };
    } catch (error) {
      return { status: 'down', details: { reason: signal.aborted ? 'no answer in time' : reasonOf(error) } };
    }
  };
  return defineCheck({ name: 'http', required: false, probes: [], ...rest, run });
}
