import { peek } from '@resilient/core';
import { bounds } from '../defaults.ts';
import { headerOf } from './headers.ts';
import { retryInfoOf } from './retry-info.ts';

/** Statuses whose meaning depends on the body: a quota under a rate limit, an idempotency key in use. */
const READ_FOR: ReadonlySet<number> = new Set([429, 409]);

async function textOf(body: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString('utf8');
    length += value.byteLength;
    if (length > bounds.errorBodyBytes) {
      void reader.cancel().catch(() => {});
      return undefined;
    }
    chunks.push(value);
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Whether {@link factsInBody} would read anything. */
export function needsBody(response: unknown, status: number): boolean {
  if (
    !READ_FOR.has(status) ||
    peek(response, 'bodyUsed') !== false ||
    typeof peek(response, 'clone') !== 'function'
  )
    return false;
  return headerOf(peek(response, 'headers'), 'content-type')?.includes('json') === true;
}

/** What the body of a refusal tells. */
export interface BodyFacts {
  readonly types: readonly string[];
  /** google.rpc.RetryInfo, in milliseconds. */
  readonly hintMs?: number | undefined;
}

/** `type` and `code` in the JSON of an answer, at the top and under `error`; read from a clone, at most 64 KiB. */
export async function factsInBody(response: unknown): Promise<BodyFacts> {
  const { body } = (response as Response).clone();
  const text = body ? await textOf(body as ReadableStream<Uint8Array>) : undefined;
  if (text === undefined) return { types: [] };
  const json: unknown = JSON.parse(text);
  const error = peek(json, 'error');
  const types = [peek(json, 'type'), peek(json, 'code'), peek(error, 'type'), peek(error, 'code')];
  return { types: types.filter(isText), hintMs: retryInfoOf(json, error) };
}
