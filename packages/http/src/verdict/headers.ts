import { peek } from '@resilient/core';
import { bounds } from '../defaults.ts';

/** A header of anything that has headers: `Headers`, axios' object, a plain object of Node's. */
function rawHeader(headers: unknown, name: string): unknown {
  const get = peek(headers, 'get');
  if (typeof get === 'function') {
    try {
      return get.call(headers, name);
    } catch {
      return undefined;
    }
  }
  if (typeof headers !== 'object' || headers === null) return undefined;
  const exact = peek(headers, name);
  if (exact !== undefined) return exact;
  try {
    const key = Object.keys(headers).find((one) => one.toLowerCase() === name);
    return key === undefined ? undefined : peek(headers, key);
  } catch {
    return undefined;
  }
}

/** A header's text, by its lower-case name; `undefined` for none and for one that is too long to be true. */
export function headerOf(headers: unknown, name: string): string | undefined {
  const raw = rawHeader(headers, name);
  const value = Array.isArray(raw) ? raw.join(', ') : typeof raw === 'number' ? String(raw) : raw;
  return typeof value === 'string' && value.length <= bounds.headerChars ? value.trim() : undefined;
}
