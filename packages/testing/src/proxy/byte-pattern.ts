import { checkNumber, refuse } from '@resilient/core';
import { outOfRange } from '../options/refusals.ts';

/**
 * What to look for in a stream of bytes: a text (as UTF-8), bytes, an expression (over the bytes as Latin-1, matches
 * of at most 4 KiB), or a number of bytes counted from when the rule was set or the connection made.
 */
export type BytePattern = string | Uint8Array | RegExp | { readonly bytes: number };

/** A match, as offsets in the chunk just seen: `start` is negative when it began in an earlier chunk. */
export interface ByteMatch {
  readonly start: number;
  readonly end: number;
  /** A place in the stream, instead of a part of a message. */
  readonly exact?: true;
}

/** Looks at a stream chunk by chunk. */
export type ByteMatcher = (chunk: Buffer) => ByteMatch | undefined;

const EXPRESSION_WINDOW = 4096;

const byCount = (bytes: number): ByteMatcher => {
  let left = bytes;
  return (chunk) => {
    const end = left;
    left -= chunk.length;
    return end <= chunk.length ? { start: end, end, exact: true } : undefined;
  };
};

type Find = (window: Buffer, from: number) => ByteMatch | undefined;

/** Searches the chunk together with the `keep` bytes before it, for a match that ends in the chunk. */
const overWindow = (keep: number, find: Find): ByteMatcher => {
  let tail: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const window = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const before = tail.length;
    tail = keep === 0 ? tail : Buffer.from(window.subarray(-keep));
    const match = find(window, before);
    return match && { start: match.start - before, end: match.end - before };
  };
};

const byBytes = (wanted: Buffer): ByteMatcher =>
  overWindow(wanted.length - 1, (window) => {
    const start = window.indexOf(wanted);
    return start === -1 ? undefined : { start, end: start + wanted.length };
  });

const byExpression = (pattern: RegExp): ByteMatcher => {
  const expression = new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}g`);
  return overWindow(EXPRESSION_WINDOW, (window, before) => {
    for (const match of window.toString('latin1').matchAll(expression)) {
      const end = match.index + match[0].length;
      if (end > before) return { start: match.index, end };
    }
    return undefined;
  });
};

/**
 * Checks a pattern; the result makes one matcher for each stream.
 *
 * @throws TypeError or RangeError for what is no pattern.
 */
export const compilePattern = (pattern: BytePattern): (() => ByteMatcher) => {
  if (pattern instanceof RegExp) return () => byExpression(pattern);
  if (typeof pattern === 'string' || pattern instanceof Uint8Array) {
    const wanted = Buffer.from(pattern as Uint8Array);
    if (wanted.length === 0) throw outOfRange('pattern', 'at least one byte', pattern);
    return () => byBytes(wanted);
  }
  if (typeof pattern !== 'object' || pattern === null || !('bytes' in pattern)) {
    throw refuse('pattern', 'a text, bytes, an expression or { bytes }', pattern);
  }
  const bytes = checkNumber('pattern.bytes', pattern.bytes, { min: 1, integer: true });
  return () => byCount(bytes);
};
