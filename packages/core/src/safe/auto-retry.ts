import { type RetryOptions, retrySettings } from '../retry/options.ts';
import { runRetry } from '../retry/retry.ts';
import { dress, nameOfWork } from './wrap.ts';

/** Wraps a function that returns a promise, or decorates such a method. */
export type RetryWrapper = <This, Args extends unknown[], T>(
  work: (this: This, ...args: Args) => Promise<T>,
  context?: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => Promise<T>>,
) => (this: This, ...args: Args) => Promise<T>;

/**
 * Makes functions that run again when they fail in a way that another attempt may cure, as `retry` does and with its
 * options; `name` is that of the function unless it is given. For functions that return a promise only. A signal given
 * here is that of every call.
 *
 * @throws TypeError | RangeError if an option is wrong, such as both `maxAttempts` and `maxRetries`; from the wrapper
 *   if it is applied to something that is no function or method
 * @example
 * ```ts
 * import { autoRetry } from '@resilient/core';
 *
 * const greet = autoRetry({ maxAttempts: 3 })(async (name: string) => `Hello ${name}`);
 * console.log(await greet('Ada')); // Hello Ada
 *
 * class Mailer {
 *   @autoRetry({ maxAttempts: 3 })
 *   async send(to: string): Promise<string> {
 *     return `sent to ${to}`;
 *   }
 * }
 * console.log(await new Mailer().send('Ada')); // sent to Ada
 * ```
 */
export function autoRetry(options: RetryOptions = {}): RetryWrapper {
  const settings = retrySettings(options);
  const isNamed = options.name !== undefined;
  return (work, context) => {
    const name = nameOfWork('autoRetry', work, context);
    const named = isNamed ? settings : { ...settings, name };
    return dress(function (this, ...args) {
      return runRetry(() => work.apply(this, args), named);
    }, work);
  };
}
