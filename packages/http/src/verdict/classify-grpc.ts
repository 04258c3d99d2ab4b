import { type Classifier, causesOf, type FailureKind, type Outcome, peek } from '@resilient/core';
import { numberOf } from './instant.ts';
import { retryInfoOf } from './retry-info.ts';

type Row = readonly [name: string, transient: boolean, kind: FailureKind, outcome: Outcome];

/**
 * By number. UNAVAILABLE is `unknown`: a connection that broke under a request ends so as well.
 * @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
const ROWS: readonly (Row | undefined)[] = [
  undefined,
  ['CANCELLED', false, 'aborted', 'unknown'],
  ['UNKNOWN', false, 'server', 'unknown'],
  ['INVALID_ARGUMENT', false, 'invalid', 'rejected'],
  ['DEADLINE_EXCEEDED', true, 'timeout', 'unknown'],
  ['NOT_FOUND', false, 'invalid', 'rejected'],
  ['ALREADY_EXISTS', false, 'conflict', 'rejected'],
  ['PERMISSION_DENIED', false, 'auth', 'rejected'],
  ['RESOURCE_EXHAUSTED', true, 'rate-limit', 'rejected'],
  ['FAILED_PRECONDITION', false, 'invalid', 'rejected'],
  ['ABORTED', true, 'conflict', 'rejected'],
  ['OUT_OF_RANGE', false, 'invalid', 'rejected'],
  ['UNIMPLEMENTED', false, 'invalid', 'rejected'],
  ['INTERNAL', false, 'server', 'unknown'],
  ['UNAVAILABLE', true, 'network', 'unknown'],
  ['DATA_LOSS', false, 'server', 'unknown'],
  ['UNAUTHENTICATED', false, 'auth', 'rejected'],
];

/** gRPC's numbers mean nothing on other errors: its own have `details` and `metadata`. */
function rowOf(error: object): Row | undefined {
  const code = peek(error, 'code');
  if (typeof code !== 'number' || typeof peek(error, 'details') !== 'string') return undefined;
  return peek(error, 'metadata') === undefined ? undefined : ROWS[code];
}

/** The server's own word on a retry: milliseconds, or a negative number for none. */
function pushbackOf(error: object): number | undefined {
  const metadata = peek(error, 'metadata');
  const get = peek(metadata, 'get');
  if (typeof get !== 'function') return undefined;
  try {
    const [first] = get.call(metadata, 'grpc-retry-pushback-ms') as unknown[];
    return numberOf(typeof first === 'string' ? first : undefined);
  } catch {
    return undefined;
  }
}

/** Knows errors of gRPC's clients by their status code. */
export const classifyGrpc: Classifier = (error) => {
  for (const one of causesOf(error)) {
    const row = rowOf(one);
    if (!row) continue;
    const [code, transient, kind, outcome] = row;
    const pushback = pushbackOf(one);
    const hintMs = pushback !== undefined && pushback >= 0 ? pushback : retryInfoOf(one);
    return {
      transient: pushback !== undefined && pushback < 0 ? false : transient,
      kind,
      outcome,
      code,
      ...(hintMs === undefined ? undefined : { retryAfterMs: hintMs }),
    };
  }
  return undefined;
};
