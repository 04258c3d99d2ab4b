import { peek } from './causes.ts';
import { networkCodes, permanentConnectCodes } from './network-codes.ts';
import type { Classifier, Verdict } from './verdict.ts';
import { walk } from './walk.ts';

/** A request that fetch itself refuses, such as one to a blocked port, or gives up, such as too many redirects. */
const REFUSED: Verdict = Object.freeze({ transient: false, kind: 'invalid', outcome: 'unknown' });
/** A connection that broke, in a way that the table does not name. */
const BROKEN: Verdict = Object.freeze({ transient: true, kind: 'network', outcome: 'unknown' });

/** RFC 9113, 7: the stream was refused before any processing. @see https://www.rfc-editor.org/rfc/rfc9113#section-8.7 */
const NGHTTP2_REFUSED_STREAM = 7;

/** Node's error has the number in its text alone; other libraries keep it as `rstCode`. */
function isRefusedStream(error: object, code: unknown): boolean {
  if (peek(error, 'rstCode') === NGHTTP2_REFUSED_STREAM) return true;
  const message = peek(error, 'message');
  return (
    code === 'ERR_HTTP2_STREAM_ERROR' &&
    typeof message === 'string' &&
    message.endsWith('NGHTTP2_REFUSED_STREAM')
  );
}

/** Failures of the system call itself, whatever their number: no connection, so nothing was sent. */
function whileConnecting(code: string): Verdict {
  const kind = code === 'ETIMEDOUT' ? 'timeout' : 'network';
  return { transient: !permanentConnectCodes.has(code), kind, outcome: 'not-sent', code };
}

/** fetch's own TypeError, if the table knows nothing behind it: without any code, fetch itself refused the request. */
function fetchFailure(error: object): Verdict | undefined {
  const cause = peek(error, 'cause');
  if (peek(error, 'name') !== 'TypeError' || cause === undefined) return undefined;
  const message = peek(error, 'message');
  if (message !== 'fetch failed' && message !== 'terminated') return undefined;
  const code = peek(cause, 'code');
  if (typeof code === 'string') return { ...BROKEN, code };
  // undici's parser has a code for some of its errors only
  return message === 'terminated' || peek(cause, 'name') === 'HTTPParserError' ? BROKEN : REFUSED;
}

const byCode = walk((error) => {
  const code = peek(error, 'code');
  if (isRefusedStream(error, code)) {
    return { transient: true, kind: 'network', outcome: 'not-sent', code: 'NGHTTP2_REFUSED_STREAM' };
  }
  if (typeof code !== 'string') return undefined;
  const syscall = peek(error, 'syscall');
  if (syscall === 'connect') return whileConnecting(code);
  const verdict = networkCodes.get(code);
  // an established connection can report EHOSTUNREACH too, when routers give up on it
  if (verdict?.outcome === 'not-sent' && (syscall === 'read' || syscall === 'write'))
    return { ...verdict, outcome: 'unknown' };
  return verdict ?? (code.startsWith('HPE_') ? { ...BROKEN, code } : undefined);
});

const byFetch = walk(fetchFailure);

/**
 * Knows broken and refused connections by their codes: Node's errno, undici's, TLS certificates, HTTP/2, and fetch's
 * `TypeError` by what is behind it.
 *
 * @example
 * ```ts
 * import { classifyNetwork } from '@resilient/core';
 *
 * const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
 * console.log(classifyNetwork(error, 0)?.outcome); // unknown
 * ```
 */
export const classifyNetwork: Classifier = (error) => byCode(error) ?? byFetch(error);
