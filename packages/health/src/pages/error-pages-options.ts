import { checkDuration, checkKnown, checkType } from '@resilient/core';
import { ROLLBACK_TIMEOUT_MS } from '../defaults.ts';
import { checkReporter, type ErrorReporter } from '../reporting/error-reporter.ts';
import type { ClientStatus } from './client-error.ts';
import type { PageTemplate } from './error-page.ts';

/** Undoes what a request had begun, such as a transaction; gets the framework's own request or context. */
export type RollbackHook<Host> = (error: unknown, request: Host) => unknown;

/** What can be said of error pages, whatever the framework. */
export interface PagesOptions<Host> {
  /** Your own HTML page; one that throws, or needs longer than 1 s, falls back to ours. */
  readonly template?: PageTemplate;
  /** Run before anything is answered, in this order. @defaultValue none */
  readonly onError?: RollbackHook<Host> | readonly RollbackHook<Host>[];
  /** How long each of them may take, in milliseconds. @defaultValue `1_000` */
  readonly onErrorTimeoutMs?: number;
  /** `false` if the application answers 404 by itself. @defaultValue `true` */
  readonly notFound?: boolean;
  /** The status, 400 to 499, of errors of your own that are the client's mistake; they are not recorded. */
  readonly clientStatus?: ClientStatus;
  /** Told of each error that is recorded, once, such as `sentryReporter(Sentry)`; nobody waits for it. */
  readonly report?: ErrorReporter;
}

/** The same, checked and complete. */
export interface PagesSettings<Host> {
  readonly template: PageTemplate | undefined;
  readonly hooks: readonly RollbackHook<Host>[];
  readonly hookTimeoutMs: number;
  readonly notFound: boolean;
  readonly clientStatus: ClientStatus | undefined;
  readonly report: ErrorReporter | undefined;
}

const KNOWN = ['template', 'onError', 'onErrorTimeoutMs', 'notFound', 'clientStatus', 'report'];

/**
 * Checks the options of error pages.
 *
 * @throws TypeError or RangeError naming the option
 */
export function pagesSettings<Host>(options: PagesOptions<Host>): PagesSettings<Host> {
  checkKnown('errorPages', options, KNOWN);
  const { template, onError = [], clientStatus } = options;
  if (template !== undefined) checkType('template', template, 'function');
  if (clientStatus !== undefined) checkType('clientStatus', clientStatus, 'function');
  const hooks = Array.isArray(onError)
    ? [...(onError as readonly RollbackHook<Host>[])]
    : [onError as RollbackHook<Host>];
  for (const hook of hooks) checkType('onError', hook, 'function');
  return {
    template,
    hooks,
    hookTimeoutMs: checkDuration('onErrorTimeoutMs', options.onErrorTimeoutMs ?? ROLLBACK_TIMEOUT_MS),
    notFound: checkType('notFound', options.notFound ?? true, 'boolean'),
    clientStatus,
    report: checkReporter(options.report),
  };
}
