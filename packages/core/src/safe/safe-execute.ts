import { loggerOf, sharedLogger } from '../log/logger.ts';
import type { Logger } from '../log/types.ts';
import { checkKnown, checkOneOf, checkType, refuse } from '../options/check.ts';
import { peek } from '../verdict/causes.ts';
import { defaultReturnOf } from './default-return.ts';
import { reportError } from './report-error.ts';
import { dress, nameOfWork } from './wrap.ts';

/** Options of {@link safeExecute}. */
export interface SafeExecuteOptions<D> {
  /**
   * What is returned in place of a failure: a function of the error, called anew each time, or a value, of which each
   * caller gets a copy of their own if it is an object.
   */
  readonly defaultReturn: D | ((error: unknown) => D);
  /** `false` leaves the log alone; the `error` event is published all the same. @defaultValue `true` */
  readonly logErrors?: boolean;
  /** What it is about, for the event and the log. @defaultValue the name of the function */
  readonly name?: string;
  /** @defaultValue the shared pino logger, at level `warn` */
  readonly logger?: Logger;
}

/** `V`, or the default if it is of another type: an empty list is any list. */
type Either<V, D> = [D] extends [V] ? V : V | D;

/** What comes back: `R` or the default, in a promise where `R` is one. */
export type Guarded<R, D> = R extends PromiseLike<infer V> ? Promise<Either<V, D>> : Either<R, D>;

/** Wraps a function, or decorates a method. */
export type SafeWrapper<D> = <This, Args extends unknown[], R>(
  work: (this: This, ...args: Args) => R,
  context?: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => R>,
) => (this: This, ...args: Args) => Guarded<R, D>;

/**
 * Makes functions that never throw and never reject: what fails is published as an `error` event, logged, and answered
 * with `defaultReturn`. A synchronous function stays synchronous. Use it around what the rest can do without; what an
 * iterator throws while it is read is not covered, and what a function throws before it has made its promise is answered
 * at once, without one (an `async` function never does).
 *
 * If the function `defaultReturn` fails itself, or the promise that it answers, that is reported too, and the answer
 * is `undefined`, whatever its type says.
 *
 * @throws TypeError if an option is wrong, such as a `defaultReturn` that cannot be copied; from the wrapper if it is
 *   applied to something that is no function or method
 * @example
 * ```ts
 * import { safeExecute } from '@resilient/core';
 *
 * const readBadges = safeExecute({ defaultReturn: [] })((json: string): string[] => JSON.parse(json));
 * console.log(readBadges('broken')); // []
 *
 * class Feed {
 *   @safeExecute({ defaultReturn: 0 })
 *   async unread(): Promise<number> {
 *     throw new Error('down');
 *   }
 * }
 * console.log(await new Feed().unread()); // 0
 * ```
 */
export function safeExecute<D>(options: SafeExecuteOptions<D>): SafeWrapper<D> {
  checkKnown('safeExecute', options, ['defaultReturn', 'logErrors', 'name', 'logger']);
  if (!('defaultReturn' in options)) throw refuse('defaultReturn', 'given, if only as undefined', undefined);
  const defaultReturn = defaultReturnOf(options.defaultReturn);
  const given = options.name === undefined ? undefined : checkType('name', options.name, 'string');
  const logErrors = checkOneOf('logErrors', options.logErrors ?? true, [true, false]);
  const own = options.logger === undefined ? undefined : loggerOf(options.logger);
  const logger = (): Logger | undefined => (logErrors ? (own ?? sharedLogger()) : undefined);
  return (work, context) => {
    const ownName = nameOfWork('safeExecute', work, context);
    const name = given ?? ownName;
    const failed = (error: unknown): unknown => {
      reportError(name, error, logger(), `${name} failed and was answered with its default`);
      return answer(error);
    };
    const defaultFailed = (error: unknown): undefined => {
      reportError(
        name,
        error,
        logger(),
        `${name} failed, and so did its defaultReturn: answered with undefined`,
      );
    };
    const answer = (error: unknown): unknown => guard(() => defaultReturn(error), defaultFailed);
    return dress(function (this, ...args) {
      return guard(() => work.apply(this, args), failed) as Guarded<ReturnType<typeof work>, D>;
    }, work);
  };
}

/** Calls, and hands what is thrown, or what the promise rejects with, to `failed`; its answer stands in. */
function guard(call: () => unknown, failed: (error: unknown) => unknown): unknown {
  try {
    const value = call();
    if (!isThenable(value)) return value;
    return new Promise((resolve) => resolve(value)).then(undefined, failed);
  } catch (error) {
    return failed(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof peek(value, 'then') === 'function';
}
