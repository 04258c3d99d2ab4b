/** Counts by name as an object without a prototype, so that `__proto__` is just a name. */
export function asRecord(
  entries: readonly (readonly [name: string, count: number])[],
): Record<string, number> {
  const record = Object.create(null) as Record<string, number>;
  for (const [name, count] of entries) record[name] = count;
  return record;
}
