const MAX_DEPTH = 200;

/** What JSON would leave out of an object. */
function isLeftOut(value: unknown): boolean {
  return value === undefined || typeof value === 'function' || typeof value === 'symbol';
}

type Keyed = Readonly<Record<string, unknown>>;

function sameItems(a: readonly unknown[], b: readonly unknown[], depth: number): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    const item = a[index];
    const other = b[index];
    if (item !== other && !sameJson(item, other, depth)) return false;
  }
  return true;
}

// Loops over `in`, which V8 makes from a list that it keeps: `Object.keys` would take longer than most schemas.
function sameKeys(a: Keyed, b: Keyed, depth: number): boolean {
  let more = 0;
  for (const key in a) {
    const value = a[key];
    if (isLeftOut(value)) continue;
    const other = b[key];
    if (value !== other && !sameJson(value, other, depth)) return false;
    more += 1;
  }
  for (const key in b) if (!isLeftOut(b[key])) more -= 1;
  return more === 0;
}

function sameJson(a: unknown, b: unknown, depth: number): boolean {
  if (a === b) return true; // 0 and -0 are the same JSON
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Number.isNaN(a) && Number.isNaN(b);
  }
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b, depth + 1);
  if (Array.isArray(b)) return false;
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
  }
  return sameKeys(a as Keyed, b as Keyed, depth + 1);
}

/**
 * Tells whether two values are the same: primitives by `Object.is`, objects by their JSON. The order of keys does not
 * count, since schema libraries and `jsonb` change it. May throw for hostile objects.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || (typeof a === 'object' && typeof b === 'object' && sameJson(a, b, 0));
}
