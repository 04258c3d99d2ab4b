import { types } from 'node:util';
import { peek, refuse } from '@resilient/core';
import { chainOf } from '../errors/counted-errors.ts';
import type { ErrorReporter, ReportContext } from './error-reporter.ts';
import { sentryCanTake, standInFor } from './stand-in.ts';

/** What is needed of Sentry to send errors: `@sentry/node` as a namespace has it. */
export interface SentryErrors {
  captureException(error: unknown, hint?: SentryHint): unknown;
  flush?(timeoutMs?: number): PromiseLike<boolean>;
  getClient?(): { getIntegrationByName?(name: string): unknown } | undefined;
}

/** What Sentry is told beside the error. */
export interface SentryHint {
  readonly mechanism: { readonly handled: boolean; readonly type: string };
  readonly captureContext: {
    readonly level: 'error' | 'fatal';
    readonly tags: Record<string, string>;
  };
}

/** Sentry's own integrations for what nobody caught; where one is set up, it sends that. */
const OWN_INTEGRATIONS = {
  uncaughtException: 'OnUncaughtException',
  unhandledRejection: 'OnUnhandledRejection',
} as const;

/** What Sentry's integrations leave on an error that was sent. */
const SENT = '__sentry_captured__';
/** What those for express and fastify leave on a request whose error was sent. */
const SENT_OF_EXPRESS = '__sentry_express_error_handled__';
const SENT_OF_FASTIFY = 'sentry.fastifyErrorCaptured';

function isMarkedRequest(host: unknown): boolean {
  if (typeof host !== 'object' || host === null) return false;
  if (peek(host, SENT_OF_EXPRESS) === true) return true;
  return Object.getOwnPropertySymbols(host).some(({ description }) => description === SENT_OF_FASTIFY);
}

/** Whether Sentry itself has sent it, or what it wraps; for what takes no mark, the one of the request counts. */
function isSent(error: unknown, host: unknown): boolean {
  if (typeof error !== 'object' || error === null || types.isProxy(error)) return isMarkedRequest(host);
  for (const member of chainOf(error)) if (peek(member, SENT) === true) return true;
  return !Object.isExtensible(error) && isMarkedRequest(host);
}

function isLeftToSentry(sentry: SentryErrors, { origin }: ReportContext): boolean {
  if (origin === 'request') return false;
  return sentry.getClient?.()?.getIntegrationByName?.(OWN_INTEGRATIONS[origin]) !== undefined;
}

function hintOf({ origin, route, correlationId }: ReportContext): SentryHint {
  const isRequest = origin === 'request';
  return {
    mechanism: { handled: false, type: isRequest ? 'auto.http.resilient' : `auto.node.resilient.${origin}` },
    captureContext: {
      level: isRequest ? 'error' : 'fatal',
      tags: {
        ...(route === undefined ? {} : { route }),
        ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
      },
    },
  };
}

/**
 * A reporter that sends each recorded error to Sentry, once: for the `report` of `errorPages` and `installSafetyNet`.
 * Give both the same one. What Sentry has sent by itself is not sent again, and errors that nobody caught are left to
 * Sentry's own integrations where they are set up.
 *
 * From us Sentry gets the error, the template of the route and the correlation id (as tags). The rest is what Sentry
 * itself takes: message, stack, causes, local variables and the request, as its own options say, unmasked.
 *
 * @throws TypeError if `sentry` has no `captureException`
 * @example
 * ```ts
 * import { createHealthMonitor, installSafetyNet, type SentryErrors, sentryReporter } from '@resilient/health';
 * import { errorPages } from '@resilient/health/fastify';
 * import fastify from 'fastify';
 *
 * declare const Sentry: SentryErrors; // import * as Sentry from '@sentry/node', after Sentry.init
 * const report = sentryReporter(Sentry);
 * const monitor = createHealthMonitor();
 * const app = fastify();
 * await app.register(errorPages(monitor, { report }));
 * const net = installSafetyNet({ monitor, report, servers: [app.server] });
 * net.remove();
 * ```
 */
export function sentryReporter(sentry: SentryErrors): ErrorReporter {
  if (typeof (sentry as SentryErrors | null)?.captureException !== 'function') {
    throw refuse('sentry', 'Sentry, with a function `captureException`', sentry);
  }
  const report: ErrorReporter = (error, context) => {
    if (isLeftToSentry(sentry, context) || isSent(error, context.host)) return;
    sentry.captureException(sentryCanTake(error) ? error : standInFor(error), hintOf(context));
  };
  report.flush = (timeoutMs) => sentry.flush?.(timeoutMs);
  return report;
}
