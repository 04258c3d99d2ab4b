import {
  type Backoff,
  type Classifier,
  type Clock,
  checkDuration,
  checkKnown,
  checkSignal,
  checkType,
  exponentialBackoff,
  firstOf,
  type Logger,
  loggerOf,
  maxRetriesOf,
  systemClock,
  systemRandom,
  type Verdict,
} from '@resilient/core';
import { callDefaults } from '../defaults.ts';
import { type HedgeOptions, type HedgeSettings, hedgeSettings } from '../hedge/options.ts';
import { type MemoryOptions, memoryOptionNames } from '../memory/settings.ts';
import { classifyHttp } from '../verdict/classify-http.ts';
import type {
  ApiCallOptions,
  CallOptions,
  CallSettingsOptions,
  ClientSettingsOptions,
  FallbackOption,
} from './options.ts';

/** How calls are made, with everything decided. */
export interface CallSettings {
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  /** Whether `attemptTimeoutMs` was said, not derived. */
  readonly attemptTimeoutGiven: boolean;
  /** What an attempt should get: one that timed out with less than half of it says nothing about the other side. */
  readonly configuredAttemptMs: number;
  readonly maxRetries: number;
  readonly idempotent: boolean | undefined;
  readonly classify: Classifier;
  readonly classifyResult: CallSettingsOptions['classifyResult'];
  readonly waitForBreaker: boolean;
  /** A value, or a function of the error. */
  readonly fallback: unknown;
  readonly hedge: HedgeSettings | undefined;
  /** Whether what is sent can be sent again after such a failure; `undefined` if always. */
  readonly mayRepeat?: (verdict: Verdict) => boolean;
  readonly rateLimitKey: string;
  readonly backoff: Backoff;
  /** The backoff after a rate limit that gave no hint. */
  readonly rateLimitBackoff: Backoff;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

const OF_SETTINGS = [
  'timeoutMs',
  'attemptTimeoutMs',
  'maxRetries',
  'maxAttempts',
  'idempotent',
  'classify',
  'classifyResult',
  'waitForBreaker',
  'rateLimitKey',
] as const;
const OF_CALL: readonly string[] = [...OF_SETTINGS, 'fallback', 'signal', 'idempotencyKey'];

/** Names of the options that clients of all sorts share; a fallback is not among them, since it widens a call's type. */
export const clientOptionNames: readonly string[] = [
  ...OF_SETTINGS,
  ...memoryOptionNames,
  'hedge',
  'backoff',
  'logger',
  'clock',
  'random',
  'name',
];
const OF_API_CALL: readonly string[] = [...clientOptionNames, 'fallback', 'signal', 'idempotencyKey'];

const usualBackoff = exponentialBackoff();
const usualRateLimitBackoff = exponentialBackoff({
  initialMs: callDefaults.rateLimitInitialMs,
  maxMs: callDefaults.rateLimitMaxMs,
});

/** A caller's backoff that can no longer break the loop: what it throws or gets wrong counts as no wait. */
function guarded(backoff: Backoff): Backoff {
  return (context) => {
    try {
      return Math.max(0, backoff(context)) || 0; // 0 also for what is not a number
    } catch {
      return 0;
    }
  };
}

type Limits = Pick<
  CallSettings,
  'timeoutMs' | 'attemptTimeoutMs' | 'attemptTimeoutGiven' | 'configuredAttemptMs'
>;

/** The limits that hold: a total that is shortened shortens the attempts as well, unless their time was said. */
function limitsOf(options: CallSettingsOptions, base: CallSettings | undefined): Limits {
  const timeoutMs = checkDuration(
    'timeoutMs',
    options.timeoutMs ?? base?.timeoutMs ?? callDefaults.timeoutMs,
  );
  if (options.attemptTimeoutMs !== undefined) {
    const attemptTimeoutMs = checkDuration('attemptTimeoutMs', options.attemptTimeoutMs);
    if (attemptTimeoutMs > timeoutMs && options.timeoutMs !== undefined) {
      throw new RangeError(
        `expected \`attemptTimeoutMs\` to be at most \`timeoutMs\` (${timeoutMs}), got ${attemptTimeoutMs}`,
      );
    }
    return { timeoutMs, attemptTimeoutMs, attemptTimeoutGiven: true, configuredAttemptMs: attemptTimeoutMs };
  }
  const attemptTimeoutGiven = base?.attemptTimeoutGiven === true;
  const attemptTimeoutMs = attemptTimeoutGiven
    ? base.attemptTimeoutMs
    : timeoutMs * callDefaults.attemptShare;
  return {
    timeoutMs,
    attemptTimeoutMs,
    attemptTimeoutGiven,
    configuredAttemptMs: base?.configuredAttemptMs ?? attemptTimeoutMs,
  };
}

function callPart(
  options: CallSettingsOptions & FallbackOption<unknown>,
  base: CallSettings | undefined,
): Omit<CallSettings, 'backoff' | 'rateLimitBackoff' | 'logger' | 'clock' | 'random' | 'hedge'> {
  const { classify, classifyResult, idempotent, waitForBreaker, rateLimitKey } = options;
  if (classify !== undefined) checkType('classify', classify, 'function');
  if (classifyResult !== undefined) checkType('classifyResult', classifyResult, 'function');
  if (idempotent !== undefined) checkType('idempotent', idempotent, 'boolean');
  if (waitForBreaker !== undefined) checkType('waitForBreaker', waitForBreaker, 'boolean');
  if (rateLimitKey !== undefined) checkType('rateLimitKey', rateLimitKey, 'string');
  return {
    ...limitsOf(options, base),
    maxRetries: maxRetriesOf(options, base?.maxRetries ?? callDefaults.maxRetries),
    idempotent: idempotent ?? base?.idempotent,
    classify: classify ? firstOf(classify, classifyHttp) : (base?.classify ?? classifyHttp),
    classifyResult: classifyResult ?? base?.classifyResult,
    fallback: options.fallback === undefined ? base?.fallback : options.fallback,
    waitForBreaker: waitForBreaker ?? base?.waitForBreaker ?? false,
    rateLimitKey: rateLimitKey ?? base?.rateLimitKey ?? '',
  };
}

/** Checks the options of a client, or of a call of its own, and fills in the defaults. */
export function clientSettings(options: ClientSettingsOptions & FallbackOption<unknown>): CallSettings {
  const { backoff, clock, random } = options;
  if (backoff !== undefined) checkType('backoff', backoff, 'function');
  if (clock !== undefined) checkType('clock', clock, 'object');
  if (random !== undefined) checkType('random', random, 'function');
  return {
    ...callPart(options, undefined),
    hedge: hedgeSettings(options.hedge),
    backoff: backoff ? guarded(backoff) : usualBackoff,
    rateLimitBackoff: backoff ? guarded(backoff) : usualRateLimitBackoff,
    logger: loggerOf(options.logger),
    clock: clock ?? systemClock,
    random: random ?? systemRandom,
  };
}

/** Checks what belongs to a single call. */
export function checkCall(options: CallOptions): void {
  if (options.signal !== undefined) checkSignal('signal', options.signal);
  if (options.idempotencyKey === undefined) return;
  const key = checkType('idempotencyKey', options.idempotencyKey, 'string');
  if (key.length === 0)
    throw new RangeError('expected `idempotencyKey` to be a string of at least 1 character, got ""');
}

/** A client's settings with those of one call over them. */
export function mergedSettings(
  base: CallSettings,
  options: CallOptions & FallbackOption<unknown>,
): CallSettings {
  checkKnown('call', options, OF_CALL);
  checkCall(options);
  return options.fallback !== undefined || OF_SETTINGS.some((name) => options[name] !== undefined)
    ? { ...base, ...callPart(options, base) }
    : base;
}

/** Checks the options of `resilientApiCall`. */
export function checkApiCall(options: ApiCallOptions): void {
  checkKnown('resilientApiCall', options, OF_API_CALL);
  checkCall(options);
  if (options.name !== undefined) checkName(options.name);
  else checkNameless(options);
}

/** Options of a memory need a name, since there is nobody else to share them with. */
export function checkNameless(options: MemoryOptions & { readonly hedge?: HedgeOptions | false }): void {
  const needless = [...memoryOptionNames, 'hedge' as const].find((name) => options[name] !== undefined);
  if (needless)
    throw new TypeError(
      `expected \`name\` beside \`${needless}\`: only calls that share a name share that, got none`,
    );
}

/** Answers a name that can be one. */
export function checkName(name: unknown): string {
  const text = checkType('name', name, 'string');
  if (text.length === 0 || text.length > 200) {
    throw new RangeError(`expected \`name\` to be a string of 1 to 200 characters, got ${text.length}`);
  }
  return text;
}
