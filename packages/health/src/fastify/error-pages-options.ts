import { checkDuration, checkKnown, checkType } from '@resilient/core';
import { ROLLBACK_TIMEOUT_MS } from '../defaults.ts';
import type { PageTemplate } from '../pages/error-page.ts';
import type { FastifyRequest } from './fastify.ts';

/** Undoes what a request had begun, such as a transaction. */
export type RollbackHook = (error: unknown, request: FastifyRequest) => unknown;

/** What can be said of {@link errorPages}. */
export interface ErrorPagesOptions {
  /** Your own HTML page; one that throws, or needs longer than 1 s, falls back to ours. */
  readonly template?: PageTemplate;
  /** Run before anything is answered, in this order. @defaultValue none */
  readonly onError?: RollbackHook | readonly RollbackHook[];
  /** How long each of them may take, in milliseconds. @defaultValue `1_000` */
  readonly onErrorTimeoutMs?: number;
  /** `false` if the application sets a 404 handler of its own at the root. @defaultValue `true` */
  readonly notFound?: boolean;
  /** The status, 400 to 499, of errors of your own that are the client's mistake; they are not recorded. */
  readonly clientStatus?: (error: unknown) => number | undefined;
}

/** The same, checked and complete. */
export interface ErrorPagesSettings {
  readonly template: PageTemplate | undefined;
  readonly hooks: readonly RollbackHook[];
  readonly hookTimeoutMs: number;
  readonly notFound: boolean;
  readonly clientStatus: ((error: unknown) => number | undefined) | undefined;
}

const KNOWN = ['template', 'onError', 'onErrorTimeoutMs', 'notFound', 'clientStatus'];

/**
 * Checks the options of {@link errorPages}.
 *
 * @throws TypeError or RangeError naming the option
 */
export function errorPagesSettings(options: ErrorPagesOptions): ErrorPagesSettings {
  checkKnown('errorPages', options, KNOWN);
  const { template, onError = [], clientStatus } = options;
  if (template !== undefined) checkType('template', template, 'function');
  if (clientStatus !== undefined) checkType('clientStatus', clientStatus, 'function');
  const hooks = Array.isArray(onError)
    ? [...(onError as readonly RollbackHook[])]
    : [onError as RollbackHook];
  for (const hook of hooks) checkType('onError', hook, 'function');
  return {
    template,
    hooks,
    hookTimeoutMs: checkDuration('onErrorTimeoutMs', options.onErrorTimeoutMs ?? ROLLBACK_TIMEOUT_MS),
    notFound: checkType('notFound', options.notFound ?? true, 'boolean'),
    clientStatus,
  };
}
