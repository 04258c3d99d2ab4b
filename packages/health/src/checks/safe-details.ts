import { maskMessage } from '@resilient/core';

/** The longest details that are kept, as JSON. */
const MAX_LENGTH = 10_000;

/** Whether a key says that its value is a secret, by the words of core's masking. */
const namesSecret = (key: string): boolean => maskMessage(`${key}=x`) !== `${key}=x`;

function fit(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'string') return value;
  return namesSecret(key) ? '***' : maskMessage(value);
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
