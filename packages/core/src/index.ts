/**
 * What every @resilient package stands on: retries, time, verdicts, budgets, errors and events.
 *
 * @module
 */
export { EnvironmentError, type EnvironmentProblem } from './environment/environment-error.ts';
export { type IntegerOptions, integer } from './environment/integer.ts';
export { oneOf } from './environment/one-of.ts';
export { port } from './environment/port.ts';
export {
  type EnvironmentOf,
  type ReadEnvironmentOptions,
  readEnvironment,
} from './environment/read-environment.ts';
export { type SecretOptions, secret } from './environment/secret.ts';
export { text } from './environment/text.ts';
export { type UrlOptions, url } from './environment/url.ts';
export type { Reading, Variable, VariableContext } from './environment/variable.ts';
export { DeadlineError } from './errors/deadline-error.ts';
export { maskMessage } from './errors/mask.ts';
export { isResilientError, ResilientError, type ResilientErrorOptions } from './errors/resilient-error.ts';
export { RetryError, type RetryFacts } from './errors/retry-error.ts';
export type { AttemptRecord, StopReason } from './errors/stop-reason.ts';
export { TimeoutError } from './errors/timeout-error.ts';
export type {
  AlertEvent,
  BreakerEvent,
  BudgetEvent,
  CommitEvent,
  ErrorEvent,
  ExhaustedEvent,
  FallbackEvent,
  HedgeEvent,
  PoolEvent,
  RateLimitEvent,
  ResilienceEvent,
  ResilienceEventKind,
  RetryEvent,
  SaturatedEvent,
  SessionEvent,
  TimeoutEvent,
  WarningEvent,
} from './events/event.ts';
export { onResilienceEvent } from './events/on-resilience-event.ts';
export { isObserved, publish } from './events/publish.ts';
export { guardLogger, loggerOf, sharedLogger } from './log/logger.ts';
export type { Logger, LogLine } from './log/types.ts';
export {
  checkDuration,
  checkKnown,
  checkNumber,
  checkOneOf,
  checkSignal,
  checkType,
  type NumberBounds,
  refuse,
} from './options/check.ts';
export {
  type Backoff,
  type BackoffContext,
  type ExponentialBackoffOptions,
  exponentialBackoff,
  type Jitter,
} from './retry/backoff.ts';
export { RetryBudget, type RetryBudgetOptions } from './retry/budget.ts';
export { maxRetriesOf, type RetryOptions } from './retry/options.ts';
export { Refusal } from './retry/refusal.ts';
export { retry } from './retry/retry.ts';
export type { RetryContext } from './retry/retry-call.ts';
export {
  type AttemptFailure,
  type AttemptPlan,
  goOnAfter,
  runAttempts,
  type Wait,
} from './retry/run-attempts.ts';
export { autoRetry, type RetryWrapper } from './safe/auto-retry.ts';
export { type Guarded, type SafeExecuteOptions, type SafeWrapper, safeExecute } from './safe/safe-execute.ts';
export type { Clock, TimerHandle, TimerOptions } from './time/clock.ts';
export {
  currentDeadline,
  type DeadlineContext,
  type DeadlineOptions,
  type DeadlineScope,
  enclosingScope,
  endOf,
  withDeadline,
  withoutDeadline,
} from './time/deadline.ts';
export { Limit } from './time/limit.ts';
export { loopTurn } from './time/loop-turn.ts';
export { type Limits, runLimited } from './time/run-limited.ts';
export { sleepOn } from './time/sleep.ts';
export { systemClock } from './time/system-clock.ts';
export { systemRandom } from './time/system-random.ts';
export { type TimeoutContext, type TimeoutOptions, withTimeout } from './time/with-timeout.ts';
export { WorkScope } from './time/work-scope.ts';
export { causesOf, membersOf, peek } from './verdict/causes.ts';
export { classifyError } from './verdict/classify.ts';
export { classifyAbort } from './verdict/classify-abort.ts';
export { classifyBug } from './verdict/classify-bug.ts';
export { classifyNetwork } from './verdict/classify-network.ts';
export { classifyResilient } from './verdict/classify-resilient.ts';
export { classifyValidation } from './verdict/classify-validation.ts';
export { firstOf } from './verdict/first-of.ts';
export type { Classifier, FailureKind, Outcome, Verdict } from './verdict/verdict.ts';
