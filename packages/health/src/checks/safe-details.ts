import { maskMessage } from '@resilient/core';

/** The longest details that are kept, as JSON. */
const MAX_LENGTH = 10_000;

function fit(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' ? maskMessage(value.slice(0, 2_000)).slice(0, 500) : value;
}

/**
 * A copy of what a check says of itself that can be kept and shown: masked, plain, and of bounded size, since a driver
 * may answer connection strings, cycles and big integers.
 */
export function safeDetails(details: object): Readonly<Record<string, unknown>> {
  try {
    const text = JSON.stringify(details, fit);
    if (text.length > MAX_LENGTH) return { omitted: `details of ${text.length} characters` };
    return { ...(JSON.parse(text) as object) };
  } catch {
    return { omitted: 'details that are no JSON' };
  }
}
