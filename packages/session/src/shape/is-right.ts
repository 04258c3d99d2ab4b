import type { CompiledKey } from './compiled-shape.ts';
import { sameValue } from './same-value.ts';
import { ask } from './validate.ts';

/** A value that stands for itself, so that a schema that changes what it is given cannot change what is stored. */
function apart(value: unknown, kind: CompiledKey['kind']): unknown {
  return kind !== 'preference' && typeof value === 'object' && value !== null
    ? structuredClone(value)
    : value;
}

/**
 * Tells whether a value may stay: its schema finds nothing wrong **and** answers the same value. Without the second
 * half `z.enum([...]).catch('admin')` would grant, and `z.coerce.number()` take `null` for 0. Never throws.
 */
export function isRight(key: Pick<CompiledKey, 'schema' | 'kind'>, value: unknown): boolean {
  try {
    const answer = ask(key.schema, apart(value, key.kind));
    return answer.is === 'valid' && sameValue(value, answer.value);
  } catch {
    return false; // hostile objects: getters and traps that throw
  }
}
