/** The type of a value in one word, for reports that must not show the value. Never throws. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  try {
    return Array.isArray(value) ? 'array' : typeof value;
  } catch {
    return 'unreadable'; // a revoked proxy
  }
}
