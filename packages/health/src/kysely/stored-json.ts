/** The fields of a JSON object; `undefined` for what is none. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A text, if it is one. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A number of at least 0; 0 for what is none. */
export const countOf = (value: unknown): number =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value : 0;

/** One of the words there are. */
export const oneOf = <Word extends string>(value: unknown, words: readonly Word[], otherwise: Word): Word =>
  words.find((word) => word === value) ?? otherwise;

/** Counts by name; none for what is no object. */
export function entriesOf(value: unknown): [name: string, count: number][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([name, count]) => [name, countOf(count)]);
}
