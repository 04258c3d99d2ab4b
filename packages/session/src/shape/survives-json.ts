const MAX_DEPTH = 64;

/** The sort of a value that JSON would change or refuse, with its path; `undefined` if all of it comes back as it is. */
export function lostInJson(value: unknown, path = '', depth = 0): string | undefined {
  const at = path === '' ? '' : ` at ${path}`;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${value}${at}`;
  if (typeof value !== 'object') return `a value of type ${typeof value}${at}`;
  if (depth > MAX_DEPTH) return `a cycle, or more than ${MAX_DEPTH} levels,${at}`;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const lost = lostInJson(value[index], `${path}[${index}]`, depth + 1);
      if (lost !== undefined) return lost;
    }
    return undefined;
  }
  if (value instanceof Date) return `a Date${at}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `an instance of a class${at}`;
  for (const [key, item] of Object.entries(value)) {
    const lost = lostInJson(item, path === '' ? key : `${path}.${key}`, depth + 1);
    if (lost !== undefined) return lost;
  }
  return undefined;
}
