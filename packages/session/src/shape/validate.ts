import type { StandardSchemaV1 } from './standard-schema.ts';

/** What a schema said about one value. */
export type Answer =
  | { readonly is: 'valid'; readonly value: unknown }
  | { readonly is: 'invalid' | 'thrown' | 'asynchronous' };

const ignore = (): void => {};

/** Catches what an answer that comes later may reject with: zod's would end the process. */
export function ignoreLateAnswer(answer: unknown): void {
  Promise.resolve(answer).then(ignore, ignore);
}

/**
 * Asks a schema and survives whatever it does. A promise counts as no answer, and its rejection is caught: zod answers
 * with a rejected promise where a transform throws, which would end the process.
 */
export function ask(schema: StandardSchemaV1, value: unknown): Answer {
  try {
    const result: unknown = schema['~standard'].validate(value);
    if (typeof result !== 'object' || result === null) return { is: 'invalid' };
    if (typeof (result as PromiseLike<unknown>).then === 'function') {
      ignoreLateAnswer(result);
      return { is: 'asynchronous' };
    }
    if ((result as { issues?: unknown }).issues) return { is: 'invalid' };
    return 'value' in result ? { is: 'valid', value: result.value } : { is: 'invalid' };
  } catch {
    return { is: 'thrown' };
  }
}
