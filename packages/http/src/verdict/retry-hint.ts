import { headerOf } from './headers.ts';
import { bounded, dateOf, numberOf, sentAt } from './instant.ts';

/** In milliseconds, decimals allowed: OpenAI and Azure; Azure; AWS. */
const IN_MS = ['retry-after-ms', 'x-ms-retry-after-ms', 'x-amz-retry-after'] as const;

/** Where a header that was sent twice, and joined on its way, comes apart; dates have a comma of their own. */
const BETWEEN = /(?<=GMT|\dZ|\d) *, *(?=-?\d|[A-Z])/;

/** The parts of one header, or of the same header sent twice, each read by `read`; the largest counts. */
function largest(text: string | undefined, read: (part: string) => number | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(BETWEEN).map(read);
  return parts.every((part) => part !== undefined) ? Math.max(...parts) : undefined;
}

/**
 * How long the other side asks to wait, in milliseconds from now: `retry-after-ms` and its relatives, else `retry-after`
 * in seconds or as a date, which is measured from the answer's own `date`, so that a wrong clock on either side changes
 * nothing.
 */
export function retryHintOf(headers: unknown, now: number): number | undefined {
  for (const name of IN_MS) {
    const ms = largest(headerOf(headers, name), numberOf);
    if (ms !== undefined) return bounded(ms);
  }
  return largest(headerOf(headers, 'retry-after'), (part) => {
    const seconds = numberOf(part);
    if (seconds !== undefined) return bounded(seconds * 1_000);
    const at = dateOf(part);
    return Number.isNaN(at) ? undefined : bounded(at - sentAt(headers, now));
  });
}
