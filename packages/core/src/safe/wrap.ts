import { refuse } from '../options/check.ts';

/** What a decorator of methods is told, as far as it matters here. @see https://github.com/tc39/proposal-decorators */
interface MethodContext {
  readonly kind: string;
  readonly name: string | symbol;
}

/**
 * Checks what a wrapper or decorator was applied to, and answers the name it goes by.
 *
 * @throws TypeError if it is no function, or no method of a class
 */
export function nameOfWork(by: string, work: unknown, context: MethodContext | undefined): string {
  if (typeof work !== 'function') throw refuse(`what ${by} is applied to`, 'a function', work);
  if (context !== undefined && context.kind !== 'method') {
    throw new TypeError(`expected \`what ${by} is applied to\` to be a method, got a ${context.kind}`);
  }
  return String(context?.name ?? work.name) || by;
}

/** Gives a wrapper the name and the number of parameters of what it wraps, for stacks and frameworks that look. */
export function dress<F extends (...args: never[]) => unknown>(
  wrapper: F,
  work: (...args: never[]) => unknown,
): F {
  for (const property of ['name', 'length'] as const) {
    Object.defineProperty(wrapper, property, { value: work[property], configurable: true });
  }
  return wrapper;
}
