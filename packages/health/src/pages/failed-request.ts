import { errorForLog } from '../errors/error-for-log.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { reportError } from '../reporting/error-reporter.ts';
import { bounded } from '../time/bounded.ts';
import type { ClientError } from './client-error.ts';
import { correlationId, type RenderedPage, titleOf } from './error-page.ts';
import type { PagesSettings } from './error-pages-options.ts';
import { type AnsweredError, answerTo } from './error-status.ts';
import { renderPage } from './render-page.ts';

/** A request that failed, as its framework tells of it. */
export interface FailedRequest<Host> {
  readonly error: unknown;
  /** What the framework says is the client's mistake. */
  readonly client: ClientError | undefined;
  readonly host: Host;
  readonly method: string;
  readonly accept: string | undefined;
  /** The template of its route. */
  readonly route: string | undefined;
  /** The framework's own number of it, if it has one. */
  readonly reqId?: string;
  /** Whether half an answer is on its way already. */
  readonly headersSent: boolean;
}

/** A page to be sent. */
export interface ErrorAnswer {
  readonly status: number;
  readonly page: RenderedPage;
  readonly retryAfterS?: number | undefined;
  readonly challenge?: string | undefined;
  /** Called if something fails while the page is sent; it goes out all the same. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Rolls back, records and logs a failed request, and makes the page that answers it: the correlation id and nothing
 * else of the error. `undefined` if headers were sent: half an answer cannot be taken back, the connection is to be
 * broken off. Never throws.
 */
export async function answerFailure<Host>(
  monitor: HealthMonitor,
  settings: PagesSettings<Host>,
  failed: FailedRequest<Host>,
): Promise<ErrorAnswer | undefined> {
  const { clock, logger } = monitor;
  const { error, client, route, reqId, method } = failed;
  const id = correlationId();
  const context = route === undefined ? {} : { route };
  const answer: AnsweredError = client ?? answerTo(error, clock.epochNow());
  const line = {
    correlationId: id,
    ...(reqId === undefined ? {} : { reqId }),
    method,
    ...context,
    status: answer.status,
  };
  const record = (failure: unknown): void => {
    monitor.recordError(failure, context);
    const facts = { origin: 'request', ...context, correlationId: id, host: failed.host } as const;
    reportError(settings.report, failure, facts, logger);
  };
  for (const hook of settings.hooks) {
    const ended = await bounded(clock, settings.hookTimeoutMs, () => hook(error, failed.host));
    if (!ended.ok)
      logger.error({ err: errorForLog(ended.error) }, 'an onError hook failed, or needed too long');
  }
  if (client === undefined) {
    record(error);
    logger.error({ ...line, err: errorForLog(error) }, 'a request failed');
  } else {
    logger.info({ ...line, err: errorForLog(error) }, 'a request was refused');
  }
  if (failed.headersSent) return undefined;
  const page = await renderPage({
    facts: { status: answer.status, id, title: titleOf(answer.status) },
    accept: failed.accept,
    extra: client?.extra ?? {},
    template: settings.template,
    clock,
    logger,
  });
  return {
    status: answer.status,
    page,
    retryAfterS: answer.retryAfterS,
    challenge: client?.challenge,
    onFailure(failure) {
      record(failure);
      logger.error({ ...line, err: errorForLog(failure) }, 'a hook failed while an error page was sent');
    },
  };
}

/** The page for a path that nobody answers. */
export function notFoundPage<Host>(
  { clock, logger }: HealthMonitor,
  { template }: PagesSettings<Host>,
  accept: string | undefined,
): Promise<RenderedPage> {
  const facts = { status: 404, title: titleOf(404) };
  return renderPage({ facts, accept, template, clock, logger });
}
