import { type Clock, type Logger, withDeadline, withoutDeadline } from '@resilient/core';
import type { CompiledKey } from '../shape/compiled-shape.ts';
import { isRight } from '../shape/is-right.ts';
import { lostInJson } from '../shape/survives-json.ts';
import { canonicalText } from '../text/canonical-text.ts';

/** How long `restore` may take, in milliseconds: a request waits for it. */
export const RESTORE_TIMEOUT_MS = 1_000;

type Calls = Map<string, Promise<unknown>>;

const callsByKey = new WeakMap<CompiledKey, Calls>();

/** Tells what is wrong with an answer; `undefined` for none, and for one that may be used. */
function wrongAnswer(key: CompiledKey, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return lostInJson(value) === undefined && isRight(key, value) ? undefined : 'a wrong answer';
}

async function ask(
  key: CompiledKey,
  identity: Record<string, unknown>,
  clock: Clock,
  logger: Logger,
): Promise<unknown> {
  let failure: string | undefined;
  try {
    const work = (): unknown => key.restore?.(structuredClone(identity));
    const value = await withDeadline(RESTORE_TIMEOUT_MS, work, { clock });
    failure = wrongAnswer(key, value);
    if (failure === undefined) return value ?? undefined;
  } catch (error) {
    failure = error instanceof Error ? error.name : typeof error;
  }
  // Neither the value nor the error's words: they are the application's.
  logger.warn({ key: key.name, failure }, 'an authority was not restored: the session goes on without it');
  return undefined;
}

/**
 * Asks `restore` for the authority of one identity: one call at a time, whose answer all who ask meanwhile are given.
 * Never rejects; `undefined` if there is no answer that may be used.
 */
export function askRestore(
  key: CompiledKey,
  identity: Record<string, unknown>,
  clock: Clock,
  logger: Logger,
): Promise<unknown> {
  const calls: Calls = callsByKey.get(key) ?? new Map();
  callsByKey.set(key, calls);
  const who = canonicalText(identity) as string;
  const running = calls.get(who);
  if (running !== undefined) return running;
  // Not bound by the deadline of the request that happens to come first: others wait for the same answer.
  const call = withoutDeadline(() => ask(key, identity, clock, logger)).finally(() => calls.delete(who));
  calls.set(who, call);
  return call;
}
