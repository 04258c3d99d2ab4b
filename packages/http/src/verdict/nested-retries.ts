import { causesOf, peek } from '@resilient/core';

/** Whether the SDK of an error or a value tells that it has retried by itself: AWS' counts its attempts. */
export function hasNestedRetries(answer: unknown): boolean {
  const told = peek(peek(answer, '$metadata'), 'attempts');
  if (typeof told === 'number') return told > 1;
  if (!(answer instanceof Error)) return false;
  return causesOf(answer).some((one) => Number(peek(peek(one, '$metadata'), 'attempts') ?? 0) > 1);
}
