/** How much may still be read; spent by {@link copyJson}. */
export interface Budget {
  /** Bytes of JSON that may still be kept. */
  bytes: number;
  /** Values that may still be visited, kept or not. */
  visits: number;
  readonly maxDepth: number;
  /** What is done with an own key `__proto__` inside of a value: it is left out, or the value is not kept. */
  protoKeys: 'drop' | 'refuse';
}

/** Thrown and caught inside this package only: why a value cannot be kept, in one word. */
export class NotKept extends Error {}

function copyKeys(value: object, budget: Budget, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property === undefined || property.value === undefined) {
      if (property !== undefined && !('value' in property)) throw new NotKept('getter');
      continue;
    }
    if (key === '__proto__') {
      if (budget.protoKeys === 'refuse') throw new NotKept('object with __proto__');
      continue;
    }
    budget.bytes -= key.length + 4;
    copy[key] = copyValue(property.value, budget, depth + 1);
  }
  return copy;
}

function copyValue(value: unknown, budget: Budget, depth: number): unknown {
  budget.visits -= 1;
  budget.bytes -= typeof value === 'string' ? value.length + 2 : 1;
  if (budget.bytes < 0 || budget.visits < 0) throw new NotKept('too large');
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotKept(String(value));
    return value === 0 ? 0 : value; // JSON writes -0 as 0
  }
  if (typeof value !== 'object') throw new NotKept(typeof value);
  if (depth >= budget.maxDepth) throw new NotKept('too deep');
  if (Array.isArray(value)) {
    if (value.length > budget.bytes) throw new NotKept('too large');
    const copy: unknown[] = [];
    for (let index = 0; index < value.length; index += 1)
      copy.push(copyValue(value[index], budget, depth + 1));
    return copy;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw new NotKept('object of a class');
  return copyKeys(value, budget, depth);
}

/**
 * Copies what JSON can hold, within bounds. Bytes are spent only on what is kept, visits on everything, so that neither
 * a huge value nor a thousand of them take more than a moment.
 *
 * @throws NotKept for the rest; whatever a hostile object throws
 */
export function copyJson(value: unknown, budget: Budget): unknown {
  const before = budget.bytes;
  try {
    return copyValue(value, budget, 0);
  } catch (error) {
    budget.bytes = before;
    throw error;
  }
}
