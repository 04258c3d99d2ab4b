/** The type of a value in one word, for reports that must not show the value. Never throws. */
export function typeName(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? 'number' : String(value);
  if (typeof value !== 'object') return typeof value;
  if (value === null) return 'null';
  try {
    return Array.isArray(value) ? 'array' : 'object';
  } catch {
    return 'unreadable'; // a revoked proxy
  }
}
