/** Sorts the keys of objects, since stores such as `jsonb` do not keep their order. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, (value as Record<string, unknown>)[name]]));
}

/** A value as JSON that does not depend on the order of its keys. Throws for what JSON cannot hold. */
export function canonicalText(value: unknown): string | undefined {
  return JSON.stringify(value, sorted);
}
