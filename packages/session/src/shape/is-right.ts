import { apart } from './apart.ts';
import type { CompiledKey } from './compiled-shape.ts';
import { sameValue } from './same-value.ts';
import { ignoreLateAnswer } from './validate.ts';

/** What a schema answers, whatever it is: a result, or a promise of one. */
export interface Answered {
  readonly issues?: unknown;
  readonly value?: unknown;
  readonly then?: unknown;
}

type Asked = Pick<CompiledKey, 'standard' | 'kind'>;

/** Asks the schema of a key for a value; throws what the schema, or a hostile value, throws. */
export function answerOf({ standard, kind }: Asked, value: unknown): Answered {
  return standard.validate(kind === 'preference' ? value : apart(value));
}

/** Tells whether an answer leaves a value as it is. May throw for hostile objects. */
export function leaves(answer: Answered, value: unknown): boolean {
  if (answer.issues) return false;
  const { value: answered } = answer;
  if (value !== undefined && Object.is(answered, value)) return true; // no promise: it would have no value
  if (answer.then !== undefined) {
    ignoreLateAnswer(answer);
    return false;
  }
  return sameValue(value, answered) && (value !== undefined || 'value' in answer);
}

/**
 * Tells whether a value may stay: its schema finds nothing wrong **and** answers the same value. Without the second
 * half `z.enum([...]).catch('admin')` would grant, and `z.coerce.number()` take `null` for 0. Never throws.
 */
export function isRight(key: Asked, value: unknown): boolean {
  try {
    return leaves(answerOf(key, value), value);
  } catch {
    return false; // hostile objects: getters and traps that throw; a schema that throws
  }
}
